"""The sit-up and the crunch."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal

SIT_UP = Exercise(
    name="sit_up",
    title="Sit-up",
    plural="sit-ups",
    start=Posture.LYING,
    start_advice="Lie down on your back, side on to the camera.",
    silhouette="lying",
    best_view="side",
    main_angles=("hip", "knee"),
    # A crunch closes the hip by 15 to 30 degrees.
    signal=Signal(("shoulder", "hip", "knee"), least=12.0),
    travel=None,
    trunk_tilt_deg=(40.0, 130.0),
    turn_tilt_deg=(0.0, 95.0),
    rep_s=(0.4, 15.0),
    ways=("up", "down"),
    rules=(
        FormRule(
            code="sit_up.range",
            name="Range",
            measure="trunk_rise",
            unit="°",
            limits=(30.0, 15.0),
            views=("side", "diagonal"),
            cue="Come up higher: shoulder blades off the floor.",
            why="Below that the neck moves, and the trunk does not.",
            source="Trunk raised by 30 degrees (ACSM curl-up test); a full sit-up goes on to "
            "upright (US Army APFT).",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="sit_up.knees",
            name="Knees",
            measure="knee_angle",
            unit="°",
            limits=(115.0, 140.0),
            views=("side", "diagonal"),
            cue="Keep your knees bent and your feet near.",
            why="Straight legs let the hip flexors pull at the lower back.",
            source="Knees bent to about 90 degrees (US Army APFT; ACSM curl-up test); the band is "
            "engineering judgement.",
            fault="straight_legs",
            in_frame_share=True,
        ),
        FormRule(
            code="sit_up.lowered",
            name="Way down",
            measure="trunk_lowered",
            unit="°",
            limits=(20.0, 35.0),
            views=("side", "diagonal"),
            cue="Lower yourself until your shoulder blades touch the floor.",
            why="Each rep starts from the floor, so that it is a whole one.",
            source="Shoulder blades touch the floor between reps (US Army APFT; ACSM curl-up test); "
            "people who lie measure -5 to 6 degrees. Before or after the rep, as clips end early "
            "(engineering judgement).",
            fault="not_lowered",
        ),
    ),
)
