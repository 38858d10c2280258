"""The bicep curl: both arms, one arm, or one after the other."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal

BICEP_CURL = Exercise(
    name="bicep_curl",
    title="Bicep curl",
    plural="bicep curls",
    start=Posture.STANDING,
    start_advice="Stand up straight, arms down.",
    silhouette="standing",
    best_view="side",
    main_angles=("elbow", "shoulder"),
    # Half a curl closes the elbow by 60 degrees; arms that swing in a walk by 25.
    signal=Signal(("shoulder", "elbow", "wrist"), least=40.0, each_side=True),
    travel=None,
    # On an inclined bench, or bent over: the arms do the work, wherever the trunk is.
    trunk_tilt_deg=(0.0, 80.0),
    turn_tilt_deg=(0.0, 80.0),
    rep_s=(0.3, 15.0),
    ways=("up", "down"),
    rules=(
        FormRule(
            code="bicep_curl.range",
            name="Range",
            measure="elbow_closing",
            unit="°",
            limits=(108.0, 88.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Curl higher: hand to the shoulder.",
            why="The whole way makes the biceps work at every length.",
            source="Full elbow flexion (ACE exercise library); people close the elbow by 130 to 145 "
            "degrees, and BlazePose sees 10 less; whole curls in recorded clips measure 110 and "
            "more, give or take 4, half ones 92 (engineering judgement).",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="bicep_curl.elbows",
            name="Upper arms",
            measure="arm_swing",
            unit="°",
            limits=(25.0, 40.0),
            views=("side", "diagonal"),
            cue="Keep your elbows at your sides.",
            why="Swinging the upper arms lets the shoulders do the work.",
            source="Elbows stay close to the sides (ACE, NASM exercise libraries); the degrees are"
            " engineering judgement, unverified.",
            fault="swinging_arms",
            in_frame_share=True,
        ),
        FormRule(
            code="bicep_curl.extension",
            name="Straight arms",
            measure="arms_straight",
            unit="°",
            limits=(25.0, 40.0),
            views=("side", "diagonal"),
            cue="Lower the weight until your arms are straight.",
            why="The lower part of the way makes the biceps work when it is long.",
            source="Full extension between reps (ACE, NASM exercise libraries); from the athlete's own "
            "straightest, before or after the rep. Recorded clips measure up to 25 (engineering "
            "judgement).",
            fault="bent_arms",
        ),
        FormRule(
            code="bicep_curl.sway",
            name="Trunk",
            measure="trunk_sway",
            unit="°",
            limits=(15.0, 25.0),
            views=("side", "diagonal"),
            cue="Keep your trunk still: no swing.",
            why="Swinging the trunk lifts the weight in place of the arms.",
            source="No rocking of the trunk (ACE exercise library); curls in recorded clips measure up "
            "to 17 degrees, those with a lean back 27 to 32 (engineering judgement).",
            fault="swinging_trunk",
        ),
    ),
)
