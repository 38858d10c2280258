"""The push-up."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

PUSH_UP = Exercise(
    name="push_up",
    title="Push-up",
    plural="push-ups",
    start=Posture.ON_HANDS,
    start_advice="Get into the push-up position.",
    silhouette="plank",
    best_view="side",
    main_angles=("elbow", "hip"),
    # Clap push-ups seen from the front close the measured elbow by 57 degrees.
    signal=Signal(("shoulder", "elbow", "wrist"), least=35.0),
    # The shallowest push-ups recorded lower the shoulders by 0.18 m.
    travel=Travel("shoulder", "wrist", least_m=0.08),
    trunk_tilt_deg=(
        35.0,
        150.0,
    ),  # on the knees or hands raised: 45; feet raised, cameras tilted: 120
    turn_tilt_deg=(30.0, 150.0),
    rep_s=(0.3, 15.0),
    rules=(
        FormRule(
            code="push_up.depth",
            name="Depth",
            measure="push_up_depth",
            unit="upper-arm lengths",
            limits=(-0.05, -0.20),
            views=("side", "diagonal", "front"),
            cue="Go lower: shoulders down to the height of the elbows.",
            why="In a full push-up the upper arms get at least level with the floor.",
            source="Upper arm parallel to the floor (US Army; USAF AFI 36-2905).",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="push_up.line",
            name="Body line",
            measure="push_up_line",
            unit="body lengths",
            limits=(0.04, 0.055),
            views=("side",),
            cue="Hips down: keep one straight line from shoulders to ankles.",
            why="A straight body puts the load on the chest and trunk, not on the lower back.",
            source="Straight from shoulders to ankles, the body moving as one unit (US Army). Limits "
            "from data: 95% of 116 push-ups labelled as correct measure between -0.026 and 0.043; "
            "sagging hips measure -0.05 and below.",
            fault="rounded",
            cue_below="Hips up: keep one straight line from shoulders to ankles.",
            fault_below="hollow",
            in_frame_share=True,
        ),
    ),
)
