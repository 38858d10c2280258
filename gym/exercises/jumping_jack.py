"""The jumping jack."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

JUMPING_JACK = Exercise(
    name="jumping_jack",
    title="Jumping jack",
    plural="jumping jacks",
    start=Posture.STANDING,
    start_advice="Stand up straight, arms down, facing the camera.",
    silhouette="facing",
    best_view="front",
    main_angles=("shoulder", "hip"),
    # Half-hearted ones raise the arms by 70 degrees.
    signal=Signal(("hip", "shoulder", "elbow"), least=50.0, rises=True),
    travel=Travel("shoulder", "wrist", least_m=0.25),
    trunk_tilt_deg=(0.0, 40.0),
    turn_tilt_deg=(0.0, 40.0),
    rep_s=(0.25, 6.0),
    ways=("out", "in"),
    rules=(
        FormRule(
            code="jumping_jack.range",
            name="Arms",
            measure="arm_raise",
            unit="°",
            limits=(140.0, 110.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Bring your hands together overhead.",
            why="The whole way of the arms makes the heart work.",
            source="Arms overhead with feet apart (ACE exercise library); the degrees are "
            "engineering judgement, unverified.",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="jumping_jack.feet",
            name="Feet",
            measure="feet_apart",
            unit="shoulder widths",
            limits=(1.3, 1.0),
            views=("front", "rear"),
            cue="Jump your feet further apart.",
            why="The legs are half of the exercise.",
            source="Feet wider than the shoulders (ACE exercise library); the share is engineering"
            " judgement, unverified.",
            fault="narrow_feet",
            in_frame_share=True,
        ),
        FormRule(
            code="jumping_jack.arms_down",
            name="Arms down",
            measure="arms_lowered",
            unit="°",
            limits=(35.0, 50.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Bring your arms all the way down.",
            why="The whole way of the arms makes the heart work.",
            source="Arms at the sides between reps (ACE exercise library); recorded ones come down to 18 "
            "degrees (engineering judgement).",
            fault="arms_not_down",
        ),
    ),
)
