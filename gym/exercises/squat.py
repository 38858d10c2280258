"""The squat."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

SQUAT = Exercise(
    name="squat",
    title="Squat",
    plural="squats",
    start=Posture.STANDING,
    start_advice="Stand up straight.",
    silhouette="standing",
    best_view="side",
    main_angles=("knee", "hip"),
    # Quarter squats close the knee by 33 degrees; reaching for a bottle by 29.
    signal=Signal(("hip", "knee", "ankle"), least=30.0),
    # Shallow squats lower the hips by 0.2 m, a walking step by 0.05 m.
    travel=Travel("hip", "ankle", least_m=0.10),
    trunk_tilt_deg=(0.0, 60.0),
    turn_tilt_deg=(0.0, 80.0),  # deep, leaning squats reach 65; picking a weight up is beyond
    rep_s=(0.3, 15.0),  # a squat of 0.55 s measures 0.37: its slow start and end are not seen
    rules=(
        FormRule(
            code="squat.depth",
            name="Depth",
            measure="squat_depth",
            unit="thigh lengths",
            limits=(-0.05, -0.15),
            views=("side", "diagonal", "front", "rear"),
            cue="Sit deeper: bring the hips level with the knees.",
            why="In a full squat the thighs are at least level with the floor.",
            source="Parallel: trochanter level with the knee (CSCCa; FMS 'femur below horizontal'). "
            "Two raters differ by up to 0.05 either way. BlazePose's hip joint is about 0.05 thigh "
            "lengths above the trochanter: full squats in the recorded clips measure -0.05 and more, "
            "shallow ones -0.18 and less.",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="squat.lean",
            name="Forward lean",
            measure="squat_lean",
            unit="°",
            limits=(10.0, 20.0),
            views=("side", "diagonal"),
            cue="Keep the chest up: lean forward less.",
            why="Leaning far forward moves the load from the legs to the lower back.",
            source="Trunk parallel to the shin (Back Squat Assessment, FMS): up to 10 degrees beyond "
            "it counts as parallel, more than 20 as a lean. A trunk within 25 degrees of upright "
            "never counts as a lean (engineering judgement).",
            fault="forward_lean",
            in_frame_share=True,
        ),
    ),
)
