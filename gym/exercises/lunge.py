"""The lunge: to the front, to the back, walking, with the rear foot raised, or with still feet."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

LUNGE = Exercise(
    name="lunge",
    title="Lunge",
    plural="lunges",
    start=Posture.STANDING,
    start_advice="Stand up straight.",
    silhouette="standing",
    best_view="side",
    main_angles=("knee", "hip"),
    # Both knees close to about 90 degrees; a step of a walk closes the mean of both by 30.
    signal=Signal(("hip", "knee", "ankle"), least=35.0),
    travel=Travel("hip", "ankle", least_m=0.08),
    trunk_tilt_deg=(0.0, 50.0),
    turn_tilt_deg=(0.0, 70.0),
    rep_s=(0.4, 15.0),
    rules=(
        FormRule(
            code="lunge.range",
            name="Depth",
            measure="front_thigh",
            unit="thigh lengths",
            limits=(-0.25, -0.45),
            views=("side", "diagonal"),
            cue="Sink lower: front thigh level with the floor.",
            why="A deep lunge works the whole range of the hip and the knee.",
            source="Front thigh about parallel to the floor (ACE and NASM exercise libraries). The"
            " bands are wide, as BlazePose places the hip high: see the squat (engineering "
            "judgement).",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="lunge.lean",
            name="Trunk",
            measure="trunk_lean",
            unit="°",
            limits=(25.0, 40.0),
            views=("side", "diagonal"),
            cue="Keep your chest up over your hips.",
            why="Leaning forward moves the load from the legs to the lower back.",
            source="Upright trunk through the movement (ACE exercise library; FMS in-line lunge); "
            "the degrees are engineering judgement, unverified.",
            fault="forward_lean",
            in_frame_share=True,
        ),
        FormRule(
            code="lunge.shin",
            name="Front shin",
            measure="front_shin",
            unit="°",
            limits=(35.0, 50.0),
            views=("side", "diagonal"),
            cue="Step further: keep the front knee above the foot.",
            why="A knee far ahead of the foot carries more of the load.",
            source="Front knee above the ankle (ACE, NASM exercise libraries); lunges in recorded clips "
            "measure 8 to 36 degrees (engineering judgement).",
            fault="knee_ahead",
        ),
    ),
)
