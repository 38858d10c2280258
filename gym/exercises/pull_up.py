"""The pull-up and the chin-up."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

PULL_UP = Exercise(
    name="pull_up",
    title="Pull-up",
    plural="pull-ups",
    start=Posture.HANGING,
    start_advice="Hang from the bar.",
    silhouette="hanging",
    best_view="front",
    main_angles=("elbow", "shoulder"),
    # A shrug in the hang closes the elbow by 15 degrees, half a pull-up by 60.
    signal=Signal(("shoulder", "elbow", "wrist"), least=40.0),
    travel=Travel("wrist", "shoulder", least_m=0.12),
    # Some lean far back, or swing; hips out of the picture are misplaced.
    trunk_tilt_deg=(0.0, 75.0),
    turn_tilt_deg=(0.0, 80.0),
    rep_s=(0.4, 20.0),
    ways=("up", "down"),
    rules=(
        FormRule(
            code="pull_up.range",
            name="Height",
            measure="chin_over_hands",
            unit="upper-arm lengths",
            limits=(0.0, -0.3),
            views=("side", "diagonal", "front", "rear"),
            cue="Pull higher: chin over the bar.",
            why="The last part of the way works the back most.",
            source="Chin above the bar (US Marine Corps PFT, MCO 6100.13A). The mouth stands for "
            "the chin, which is a little lower.",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="pull_up.hang",
            name="Full hang",
            measure="arms_straight",
            unit="°",
            limits=(20.0, 30.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Lower yourself until your arms are straight.",
            why="Starting from straight arms makes every pull-up a whole one.",
            source="Dead hang with locked elbows before each rep (US Marine Corps PFT, MCO "
            "6100.13A). From the athlete's own straightest, which poses miss by 10 to 20 degrees; "
            "recorded pull-ups hang within 11 of it.",
            fault="no_hang",
            in_frame_share=True,
        ),
        FormRule(
            code="pull_up.swing",
            name="Swing",
            measure="trunk_sway",
            unit="°",
            limits=(25.0, 40.0),
            views=("side", "diagonal"),
            cue="Hang still before you pull: no swing.",
            why="Swinging does part of the work in place of the back.",
            source="No kipping and no swinging (US Marine Corps PFT, MCO 6100.13A); strict ones in "
            "recorded clips measure up to 17 degrees (engineering judgement).",
            fault="swinging",
        ),
    ),
)
