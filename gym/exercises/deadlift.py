"""The deadlift: from the floor, Romanian, or with legs apart."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

DEADLIFT = Exercise(
    name="deadlift",
    title="Deadlift",
    plural="deadlifts",
    start=Posture.STANDING,
    start_advice="Stand up straight.",
    silhouette="standing",
    best_view="side",
    main_angles=("hip", "knee"),
    # A hinge to the knees closes the hip by 60 degrees, a nod at the bar by 20.
    signal=Signal(("shoulder", "hip", "knee"), least=35.0),
    travel=Travel("shoulder", "ankle", least_m=0.15),
    trunk_tilt_deg=(0.0, 50.0),
    turn_tilt_deg=(20.0, 115.0),
    rep_s=(0.5, 20.0),
    from_turn=True,
    rules=(
        FormRule(
            code="deadlift.range",
            name="Range",
            measure="hands_down",
            unit="shin lengths",
            limits=(0.0, -0.2),
            views=("side", "diagonal"),
            cue="Lower the weight below your knees.",
            why="The hips do their work below the knees.",
            source="From the floor or the middle of the shin to standing (NSCA); a Romanian "
            "deadlift goes below the knee (ACE). The band is engineering judgement.",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="deadlift.lockout",
            name="Lockout",
            measure="legs_bent",
            unit="°",
            limits=(20.0, 30.0),
            views=("side", "diagonal"),
            cue="Stand up all the way: hips forward.",
            why="The lift is done when hips and knees are straight.",
            source="Standing upright with knees locked and shoulders back (IPF technical rules). From "
            "the athlete's own straightest; recorded deadlifts end within 12 degrees of it.",
            fault="no_lockout",
            in_frame_share=True,
        ),
        FormRule(
            code="deadlift.hips_first",
            name="Hips and shoulders",
            measure="trunk_drop",
            unit="°",
            limits=(12.0, 20.0),
            views=("side", "diagonal"),
            cue="Lift hips and chest together.",
            why="Hips that rise first leave the lift to the lower back.",
            source="Hips and shoulders rise at the same rate (NSCA); deadlifts in recorded clips measure "
            "up to 8 (engineering judgement).",
            fault="hips_first",
        ),
    ),
)
