"""The squat.

A back that rounds at the bottom is not judged: poses have no joint between the shoulders and the hips,
and hips that tuck under look in them like hips that sink.
"""

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
        FormRule(
            code="squat.knees",
            name="Knees",
            measure="knees_apart",
            unit="foot distances",
            limits=(0.80, 0.70),
            views=("front", "rear", "diagonal"),
            cue="Push your knees out, over your feet.",
            why="Knees that fall inwards twist under the load.",
            source="Knees not inside the ankles (Back Squat Assessment). Below 0.80 of the feet's "
            "distance they are seen to cave in, below 0.70 clearly (markers of seven people, UI-PRMD).",
            fault="knees_in",
        ),
        FormRule(
            code="squat.heels",
            name="Heels",
            measure="heels_up",
            unit="shin lengths",
            limits=(0.055, 0.11),
            views=("side",),
            cue="Keep your heels on the floor.",
            why="On the toes the knees carry more, and balance gets harder.",
            source="Whole foot on the floor (Back Squat Assessment); more than 0.05 is the usual "
            "warning. 3 cm measure 0.056 to 0.084; flat feet in recorded clips -0.05 to 0.06, but "
            "0.08 in one, and in correct squats of seven people up to 0.04 (UI-PRMD).",
            fault="heels_up",
        ),
        FormRule(
            code="squat.shift",
            name="Side shift",
            measure="hips_aside",
            unit="shoulder widths",
            limits=(0.25, 0.40),
            views=("front", "rear"),
            cue="Move your hips to the right: load both legs alike.",
            why="Hips that wander to one side load that leg more.",
            source="No lateral shift of the hips (Back Squat Assessment, NASM overhead squat "
            "assessment). 0.25 is 9 cm; straight squats in recorded clips measure up to 0.15, and "
            "correct ones of seven people up to 0.20 (UI-PRMD).",
            fault="shift_left",
            cue_below="Move your hips to the left: load both legs alike.",
            fault_below="shift_right",
        ),
        FormRule(
            code="squat.level",
            name="Left and right",
            measure="depth_difference",
            unit="thigh lengths",
            limits=(0.30, 0.40),
            views=("front", "rear"),
            cue="Let your left hip sink as far as the right one.",
            why="One hip that stays higher means that the other leg does more.",
            source="Both sides alike (Back Squat Assessment; NASM overhead squat assessment). 0.30 is 13 "
            "cm; straight squats in recorded clips measure up to 0.19, and nine of ten correct ones of "
            "seven people up to 0.26 (UI-PRMD).",
            fault="left_hip_high",
            cue_below="Let your right hip sink as far as the left one.",
            fault_below="right_hip_high",
        ),
        FormRule(
            code="squat.hips_first",
            name="Hips and shoulders",
            measure="trunk_drop",
            unit="°",
            limits=(12.0, 20.0),
            views=("side", "diagonal"),
            cue="Come up with hips and chest together.",
            why="Hips that rise first leave the lift to the lower back.",
            source="Hips and shoulders rise together (Back Squat Assessment). A trunk that drops by 15 "
            "degrees on the way up is the usual warning; what lasts of it is 12. Squats in recorded "
            "clips measure up to 8, those of seven people up to 3 (UI-PRMD).",
            fault="hips_first",
        ),
        FormRule(
            code="squat.lockout",
            name="Lockout",
            measure="legs_bent",
            unit="°",
            limits=(20.0, 30.0),
            views=("side", "diagonal"),
            cue="Stand up all the way: knees and hips straight.",
            why="The rep is done when you stand.",
            source="Upright with the knees locked (IPF technical rules). From the athlete's own "
            "straightest; squats in recorded clips end within 9 degrees of it, and correct ones of seven "
            "people within 13 (UI-PRMD).",
            fault="no_lockout",
        ),
        FormRule(
            code="squat.range",
            name="Range",
            measure="hips_fallen",
            unit="thigh lengths",
            limits=(0.85, 0.65),
            views=("side", "diagonal", "front", "rear"),
            cue="Go further down.",
            why="A longer way works the legs through their whole range.",
            source="The hips sink by 1.0 to 1.2 thigh lengths to parallel; half a squat, to a knee angle "
            "of 90 to 110 degrees (NSCA), sinks them by 0.6 to 0.8. Wider than the rule on depth, as it "
            "is about the way, wherever it ends.",
            fault="shallow",
            measures_depth=True,
        ),
    ),
)
