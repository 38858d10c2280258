"""The values that the modules pass on, in the order in which they are made.

    clip --video--> Frame --pose--> Pose --collect--> PoseSequence
    PoseSequence --features--> Signals --counting--> RepCount --form--> FormReport
    PoseSequence --recognition--> Classification        all of it --session--> Workout

Letters: ``T`` frames, ``J`` joints (BlazePose's 33), ``A`` angles. Time is in seconds for each frame,
never an index divided by a frame rate. What was not seen is NaN (with visibility 0) and stays NaN.
Arrays are read-only: a value does not change once it is made.
"""

from gym.schema.observed import (
    Classification,
    ClipInfo,
    Frame,
    J,
    Pose,
    PoseSequence,
    Segment,
    Signals,
    View,
)
from gym.schema.results import (
    Agreement,
    Disagreement,
    ExerciseSet,
    Finding,
    FormReport,
    Gate,
    Hold,
    Reason,
    Rep,
    RepCount,
    RepEvidence,
    RepKind,
    Unseen,
    Verdict,
    Workout,
)
from gym.schema.set_report import CoachReport, Fading, OddRep, RepReport, RepTempo, SetReport

__all__ = [
    "Agreement",
    "Classification",
    "ClipInfo",
    "CoachReport",
    "Disagreement",
    "ExerciseSet",
    "Fading",
    "Finding",
    "FormReport",
    "Frame",
    "Gate",
    "Hold",
    "J",
    "OddRep",
    "Pose",
    "PoseSequence",
    "Reason",
    "Rep",
    "RepCount",
    "RepEvidence",
    "RepKind",
    "RepReport",
    "RepTempo",
    "Segment",
    "SetReport",
    "Signals",
    "Unseen",
    "Verdict",
    "View",
    "Workout",
]
