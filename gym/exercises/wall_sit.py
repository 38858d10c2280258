"""The wall sit: held, not counted."""

from gym.exercises.rules import Exercise, FormRule, Kind, Posture
from gym.exercises.signals import Signal
from gym.exercises.stays import Stay

WALL_SIT = Exercise(
    name="wall_sit",
    title="Wall sit",
    plural="wall sits",
    start=Posture.SITTING,
    start_advice="Sit against the wall, thighs level.",
    silhouette="sitting",
    best_view="side",
    main_angles=("knee", "hip"),
    signal=Signal(("hip", "knee", "ankle"), least=20.0),  # people sink by 10 degrees
    travel=None,
    trunk_tilt_deg=(0.0, 30.0),
    turn_tilt_deg=(0.0, 30.0),
    rep_s=(2.0, 1200.0),
    kind=Kind.HOLD,
    held=(
        # About square; the world coordinates flatten deep bends, and high seats are a matter of form.
        Stay(("hip", "knee", "ankle"), low=55.0, high=140.0),
        # A thigh is 0.43 m long: within 20 degrees below level and 40 above. Heights are seen from
        # every side.
        Stay(("hip", "knee"), low=-0.15, high=0.28),
        # The shins stand: 0.42 m. On the heels, or on the floor, the knees are low.
        Stay(("knee", "ankle"), low=0.22),
    ),
    rules=(
        FormRule(
            code="wall_sit.thighs",
            name="Thighs",
            measure="thigh_tilt",
            unit="°",
            limits=(15.0, 30.0),
            views=("side", "diagonal"),
            cue="Slide down until your thighs are level.",
            why="Level thighs make the legs work hardest.",
            source="Thighs parallel to the floor, knees at 90 degrees (ACE exercise library); the "
            "degrees are engineering judgement, unverified.",
            fault="high_seat",
            in_frame_share=True,
        ),
        FormRule(
            code="wall_sit.shins",
            name="Shins",
            measure="shin_tilt",
            unit="°",
            limits=(15.0, 25.0),
            views=("side", "diagonal"),
            cue="Put your feet below your knees.",
            why="Upright shins keep the load off the knees.",
            source="Knees above the ankles (ACE exercise library); the degrees are engineering "
            "judgement, unverified.",
            fault="tilted_shins",
            in_frame_share=True,
        ),
        FormRule(
            code="wall_sit.back",
            name="Back",
            measure="trunk_lean",
            unit="°",
            limits=(15.0, 25.0),
            views=("side", "diagonal"),
            cue="Keep your back against the wall.",
            why="A back at the wall leaves the work to the legs.",
            source="Back flat against the wall (ACE exercise library); the degrees are engineering "
            "judgement, unverified.",
            fault="leaning",
        ),
    ),
)
