"""The shoulder press, standing or seated."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

SHOULDER_PRESS = Exercise(
    name="shoulder_press",
    title="Shoulder press",
    plural="shoulder presses",
    start=Posture.STANDING,
    start_advice="Stand or sit upright, hands at your shoulders.",
    silhouette="facing",
    best_view="front",
    main_angles=("elbow", "shoulder"),
    # A half press opens the elbow by 50 degrees.
    signal=Signal(("shoulder", "elbow", "wrist"), least=35.0, rises=True, each_side=True),
    travel=Travel("shoulder", "wrist", least_m=0.12),
    # On an inclined bench people lean back by 45; hips behind a bench are misplaced.
    trunk_tilt_deg=(0.0, 75.0),
    turn_tilt_deg=(0.0, 75.0),
    rep_s=(0.4, 15.0),
    ways=("up", "down"),
    rules=(
        FormRule(
            code="shoulder_press.range",
            name="Range",
            measure="elbow_opening",
            unit="°",
            limits=(148.0, 132.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Press until your arms are straight.",
            why="The shoulders finish their work at the top.",
            source="Arms fully extended overhead (NSCA, ACE exercise libraries); the picture shows"
            " straight arms at 155 degrees and more, give or take 7.",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="shoulder_press.lean",
            name="Trunk",
            measure="trunk_sway",
            unit="°",
            limits=(12.0, 22.0),
            views=("side", "diagonal"),
            cue="Stay upright: do not lean back.",
            why="Leaning back turns the press into a push of the chest and bends the lower back.",
            source="Trunk still and upright, without arching (NSCA, ACE exercise libraries); the "
            "degrees are engineering judgement, unverified.",
            fault="lean_back",
            in_frame_share=True,
        ),
        FormRule(
            code="shoulder_press.lowered",
            name="Way down",
            measure="arms_closed",
            unit="°",
            limits=(80.0, 60.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Lower the weight to your shoulders.",
            why="The lower part of the way makes the shoulders work when they are long.",
            source="Hands at the shoulders between reps (NSCA, ACE exercise libraries); elbows are bent "
            "by 104 degrees and more there in recorded clips. Before or after the rep "
            "(engineering judgement).",
            fault="not_lowered",
        ),
    ),
)
