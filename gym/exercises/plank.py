"""The plank, on the forearms or the hands: held, not counted."""

from gym.exercises.rules import Exercise, FormRule, Kind, Posture
from gym.exercises.signals import Signal
from gym.exercises.stays import FLOOR, Stay

PLANK = Exercise(
    name="plank",
    title="Plank",
    plural="planks",
    start=Posture.ON_HANDS,
    start_advice="Get into the plank.",
    silhouette="plank",
    best_view="side",
    main_angles=("hip", "shoulder"),
    signal=Signal(("shoulder", "hip", "knee"), least=20.0),  # people waver by 10 degrees
    travel=None,
    trunk_tilt_deg=(55.0, 125.0),
    turn_tilt_deg=(55.0, 125.0),
    rep_s=(2.0, 1200.0),
    kind=Kind.HOLD,
    held=(
        # Planks measure 155 to 175; hips that rise or drop to 140 are on the way up or down. On all
        # fours: 90.
        Stay(("shoulder", "hip", "knee"), low=140.0),
        # Straight legs measure 160 and more, knees on the floor 90 to 120.
        Stay(("hip", "knee", "ankle"), low=130.0),
        # The upper arms carry: 0.22 m and more on hands as on forearms. Lying, and at the bottom of a
        # push-up, the shoulders are as low as the elbows. A push-up moves them by 0.2 m.
        Stay(("shoulder", "elbow"), low=0.12, change=0.10),
        # Straight planks measure 0.17 m and more, hips that sag to the limit of "to work on" 0.1 m less;
        # lying, propped up on the elbows, they measure 0.05 m.
        Stay(("hip", FLOOR), low=0.08),
    ),
    rules=(
        FormRule(
            code="plank.line",
            name="Body line",
            measure="push_up_line",
            unit="body lengths",
            limits=(0.05, 0.08),
            views=("side",),
            cue="Hips down: keep one straight line from shoulders to ankles.",
            why="A straight body puts the load on the trunk, not on the lower back.",
            source="Straight from shoulders to ankles (ACE exercise library). Wider than the "
            "limits of the push-up, as forearm planks measure 0.01 to 0.02 more "
            "(engineering judgement).",
            fault="piked",
            cue_below="Hips up: keep one straight line from shoulders to ankles.",
            fault_below="sagging",
            in_frame_share=True,
        ),
        FormRule(
            code="plank.arms",
            name="Shoulders",
            measure="shoulders_ahead",
            unit="upper-arm lengths",
            limits=(0.4, 0.6),
            views=("side",),
            cue="Put your elbows or hands below your shoulders.",
            why="Upright arms carry the weight without effort.",
            source="Elbows directly under the shoulders (ACE exercise library); the share is "
            "engineering judgement, unverified.",
            fault="arms_ahead",
            in_frame_share=True,
        ),
        FormRule(
            code="plank.head",
            name="Head",
            measure="head_line",
            unit="°",
            limits=(35.0, 50.0),
            views=("side",),
            cue="Look at the floor: do not lift your head.",
            why="A head in line with the back keeps the neck at ease.",
            source="Head in line with the spine (ACE exercise library); the limits of the push-up.",
            fault="head_up",
            cue_below="Do not let your head hang: look ahead of your hands.",
            fault_below="head_down",
        ),
    ),
)
