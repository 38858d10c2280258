"""The push-up."""

from gym.exercises.rules import Exercise, FormRule, Posture
from gym.exercises.signals import Signal, Travel

PUSH_UP = Exercise(
    name="push_up",
    title="Push-up",
    plural="push-ups",
    start=Posture.ON_HANDS,
    start_advice="Get into the push-up position.",
    silhouette="plank",
    best_view="side",
    main_angles=("elbow", "hip"),
    # Clap push-ups seen from the front close the measured elbow by 57 degrees.
    signal=Signal(("shoulder", "elbow", "wrist"), least=35.0),
    # The shallowest push-ups recorded lower the shoulders by 0.18 m.
    travel=Travel("shoulder", "wrist", least_m=0.08),
    trunk_tilt_deg=(
        35.0,
        150.0,
    ),  # on the knees or hands raised: 45; feet raised, cameras tilted: 120
    turn_tilt_deg=(30.0, 150.0),
    rep_s=(0.3, 15.0),
    rules=(
        FormRule(
            code="push_up.depth",
            name="Depth",
            measure="push_up_depth",
            unit="upper-arm lengths",
            limits=(-0.05, -0.20),
            views=("side", "diagonal", "front"),
            cue="Go lower: shoulders down to the height of the elbows.",
            why="In a full push-up the upper arms get at least level with the floor.",
            source="Upper arm parallel to the floor (US Army; USAF AFI 36-2905).",
            fault="shallow",
            measures_depth=True,
        ),
        FormRule(
            code="push_up.line",
            name="Body line",
            measure="push_up_line",
            unit="body lengths",
            limits=(0.06, 0.075),
            views=("side", "diagonal"),
            cue="Hips down: keep one straight line from shoulders to ankles.",
            why="A straight body puts the load on the chest and trunk, not on the lower back.",
            source="Straight from shoulders to ankles, the body moving as one unit (US Army); on the "
            "knees, to these. The worst that lasted 0.2 s: nine of ten of 123 push-ups labelled as "
            "correct measure between -0.04 and 0.05; hips that sag at the bottom measure -0.09 to -0.14, "
            "rounded backs 0.09 and more.",
            fault="rounded",
            cue_below="Hips up: keep one straight line from shoulders to ankles.",
            fault_below="hollow",
            in_frame_share=True,
        ),
        FormRule(
            code="push_up.lockout",
            name="Arms at the top",
            measure="elbow_lockout",
            unit="°",
            limits=(20.0, 30.0),
            views=("side", "diagonal", "front"),
            cue="Push all the way up: straighten your arms.",
            why="The last part of the way makes the triceps work.",
            source="Elbows fully extended (US Army APFT; USAF AFI 36-2905). From the athlete's own "
            "straightest, which poses miss by 10 degrees and more; nineteen of twenty push-ups labelled "
            "as correct end within 15.",
            fault="no_lockout",
        ),
        FormRule(
            code="push_up.sag_late",
            name="Hips over the set",
            measure="line_lost",
            unit="body lengths",
            limits=(0.04, 0.06),
            views=("side",),
            cue="Stop or rest when your hips begin to drop.",
            why="Hips that sink as you tire pull at the lower back.",
            source="The body as one unit to the last rep (US Army). From the set's own first three reps; "
            "in sets without it the line wanders by up to 0.03, and one that ends in a sag by 0.05.",
            fault="sag_late",
        ),
        FormRule(
            code="push_up.head",
            name="Head",
            measure="head_line",
            unit="°",
            limits=(35.0, 50.0),
            views=("side",),
            cue="Look at the floor: do not lift your head.",
            why="A head in line with the back keeps the neck at ease.",
            source="Head in line with the spine (NSCA, ACE exercise libraries); 95 % of 123 push-ups "
            "labelled as correct measure between -18 and 19 degrees, recorded sets -32 to 16.",
            fault="head_up",
            cue_below="Do not let your head hang: look ahead of your hands.",
            fault_below="head_down",
        ),
        FormRule(
            code="push_up.elbows",
            name="Elbows",
            measure="elbows_flared",
            unit="°",
            limits=(65.0, 80.0),
            views=("front",),
            cue="Keep your elbows closer: not straight out.",
            why="Upper arms straight out to the sides load the shoulders more.",
            source="Upper arms at 45 degrees to the trunk (NSCA, ACE exercise libraries); recorded "
            "push-ups measure 29 to 58, wide ones 56 to 67 (engineering judgement).",
            fault="flared_elbows",
        ),
        FormRule(
            code="push_up.range",
            name="Range",
            measure="elbow_closing",
            unit="°",
            limits=(70.0, 55.0),
            views=("side", "diagonal", "front", "rear"),
            cue="Bend your arms further.",
            why="A longer way works chest and arms through their whole range.",
            source="Elbows bent by 90 degrees (ACSM; Cooper Institute FitnessGram), which poses see "
            "as 85 and more in 39 of 40 push-ups labelled as correct; shallow ones measure 60 to 76.",
            fault="shallow",
            measures_depth=True,
        ),
    ),
)
