"""The lateral raise: straight arms to the side, both, one, or one after the other."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

LATERAL_RAISE = Exercise(
    name="lateral_raise",
    title="Lateral raise",
    plural="lateral raises",
    start=Posture.STANDING,
    start_advice="Stand up straight, arms down.",
    silhouette="facing",
    best_view="front",
    main_angles=("shoulder", "elbow"),
    # Half a raise opens the shoulder by 40 degrees; arms that swing in a walk by 25.
    signal=Signal(("hip", "shoulder", "elbow"), least=30.0, rises=True, each_side=True),
    travel=Travel("shoulder", "wrist", least_m=0.12),
    # On an inclined bench, or bent over: the arms do the work, wherever the trunk is.
    trunk_tilt_deg=(0.0, 75.0),
    turn_tilt_deg=(0.0, 75.0),
    rep_s=(0.4, 15.0),
    ways=("up", "down"),
    rules=(
        FormRule(
            code="lateral_raise.range",
            name="Range",
            measure="arm_raise",
            unit="°",
            limits=(75.0, 60.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Raise your arms to shoulder height.",
            why="Most of the work is near the top.",
            source="Arms level with the shoulders (ACE, NASM exercise libraries); the band is "
            "engineering judgement.",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="lateral_raise.sway",
            name="Trunk",
            measure="trunk_sway",
            unit="°",
            limits=(10.0, 20.0),
            views=("side", "diagonal"),
            cue="Keep your trunk still: no swing.",
            why="Swinging the trunk lifts the weight in place of the shoulders.",
            source="No rocking or swinging of the trunk (ACE exercise library); the degrees are "
            "engineering judgement, unverified.",
            fault="swinging_trunk",
            in_frame_share=True,
        ),
        FormRule(
            code="lateral_raise.arms",
            name="Elbows",
            measure="arms_bent",
            unit="°",
            limits=(60.0, 90.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Straighten your arms a little more.",
            why="Bent arms make the way of the weight short.",
            source="Elbows slightly bent (ACE, NASM exercise libraries); the degrees are engineering "
            "judgement, unverified.",
            fault="bent_arms",
        ),
    ),
)
