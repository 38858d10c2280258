"""The bench press."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal

BENCH_PRESS = Exercise(
    name="bench_press",
    title="Bench press",
    plural="bench presses",
    start=Posture.LYING,
    start_advice="Lie down on the bench, arms straight.",
    silhouette="lying",
    best_view="side",
    main_angles=("elbow", "shoulder"),
    signal=Signal(
        ("shoulder", "elbow", "wrist"), least=30.0
    ),  # half a press closes it by 50 degrees
    travel=None,
    trunk_tilt_deg=(30.0, 150.0),
    turn_tilt_deg=(30.0, 150.0),
    rep_s=(0.4, 15.0),
    rules=(
        FormRule(
            code="bench_press.range",
            name="Depth",
            measure="elbow_closing",
            unit="°",
            limits=(80.0, 60.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Lower the bar to your chest.",
            why="The chest works most at the bottom.",
            source="Bar to the chest, elbow level with the shoulder joint (IPF technical rules); "
            "elbows are then bent by 90 degrees and more (engineering judgement).",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="bench_press.lockout",
            name="Lockout",
            measure="elbow_lockout",
            unit="°",
            limits=(20.0, 30.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Press until your arms are straight.",
            why="The press is done when the arms are straight.",
            source="Arms straight and elbows locked (IPF technical rules). From the athlete's own "
            "straightest, which poses miss by 10 to 20 degrees; recorded presses end within 3 of it.",
            fault="no_lockout",
            in_frame_share=True,
        ),
        FormRule(
            code="bench_press.even",
            name="Both arms",
            measure="arms_uneven",
            unit="°",
            limits=(20.0, 30.0),
            views=("front", "rear"),
            cue="Press with both arms alike: the left one lags.",
            why="An arm that lags leaves the work to the other one.",
            source="Arms extend evenly (IPF technical rules: uneven extension fails the lift); the "
            "degrees are engineering judgement, unverified.",
            fault="left_lags",
            cue_below="Press with both arms alike: the right one lags.",
            fault_below="right_lags",
        ),
    ),
)
