"""Form on a figure whose depth, lean and line are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import EXERCISES, FormRule
from gym.features import measure_signals
from gym.form import judge_form
from gym.schema import Finding, FormReport, PoseSequence, Rep, RepKind, Unseen, Verdict
from gym.skeleton import joint_index
from tests import synthetic
from tests.synthetic import Camera, Move, Take, film, hold, push_up, squat

TOP = {"squat": synthetic.STANDING, "push_up": synthetic.plank(synthetic.TOP_M)}
#: Of the exercises that the figure does here.
RULES = {rule.code: rule for name in TOP for rule in EXERCISES[name].rules}
SIDE = Camera(90.0, distance_m=6.0)


def judge(poses: PoseSequence, reps: tuple[Rep, ...], exercise: str, **limits: float) -> FormReport:
    """Judge with limits given as ``squat__depth=...``."""
    own = {code.replace("__", "."): limit for code, limit in limits.items()}
    return judge_form(poses, reps, EXERCISES[exercise], own)


def shoot(moves: list[Move], exercise: str, camera: Camera = SIDE) -> Take:
    """Film a set at 20 frames a second, with a little stillness around it."""
    return film([hold(TOP[exercise], 0.5), *moves, hold(TOP[exercise], 0.5)], camera, fps=20)


def findings_of(take: Take, exercise: str, code: str, **limits: float) -> list[Finding]:
    report = judge(take.poses, take.reps, exercise, **limits)
    return [next(f for f in found if f.code == code) for found in report.findings]


def line_set(line: float, camera: Camera = SIDE, depth: float = 0.1) -> Take:
    """Push-ups with the hips off the line all through, the plank before and after too."""
    still = hold(synthetic.plank(synthetic.TOP_M, line), 0.5)
    return film([still, *[push_up(line=line, depth=depth)] * 2, still], camera, fps=20)


# ------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("camera", "within"), [(SIDE, 0.03), (Camera(-90.0), 0.03), (Camera(50.0, 6.0), 0.06)]
)
def test_squat_depth_is_measured_in_thighs(camera: Camera, within: float) -> None:
    depths = [-0.4, -0.15, 0.0, 0.15]
    take = shoot([squat(depth=depth) for depth in depths], "squat", camera)
    found = findings_of(take, "squat", "squat.depth")
    assert [f.value for f in found] == pytest.approx(depths, abs=within)


@pytest.mark.parametrize("camera", [SIDE, Camera(-90.0), Camera(50.0, 6.0)])
@pytest.mark.parametrize(
    ("lean_deg", "shin_deg"), [(30.0, 30.0), (45.0, 30.0), (60.0, 30.0), (65.0, 15.0)]
)
def test_squat_lean_is_what_goes_beyond_the_shin(
    lean_deg: float, shin_deg: float, camera: Camera
) -> None:
    take = shoot([squat(lean_deg=lean_deg, shin_deg=shin_deg)], "squat", camera)
    (found,) = findings_of(take, "squat", "squat.lean")
    assert found.value == pytest.approx(min(lean_deg - shin_deg, lean_deg - 25), abs=3.5)


def test_an_upright_trunk_is_no_lean_whatever_the_shin() -> None:
    (found,) = findings_of(shoot([squat(lean_deg=24, shin_deg=2)], "squat"), "squat", "squat.lean")
    assert found.value < 1
    assert found.verdict is Verdict.PASS


# Where the camera is as high as the elbows: from further up, a nearer elbow seems lower.
@pytest.mark.parametrize(
    "camera", [Camera(yaw, 6.0, height_m=0.25, aim_m=0.25) for yaw in (90.0, -90.0, 45.0)]
)
def test_push_up_depth_is_measured_in_upper_arms(camera: Camera) -> None:
    depths = [-0.5, -0.2, 0.0, 0.15]
    take = shoot([push_up(depth=depth) for depth in depths], "push_up", camera)
    found = findings_of(take, "push_up", "push_up.depth")
    assert [f.value for f in found] == pytest.approx(depths, abs=0.06)


@pytest.mark.parametrize("camera", [SIDE, Camera(-90.0, 5.0)], ids=["left", "right"])
@pytest.mark.parametrize("line", [-0.12, -0.05, 0.0, 0.05, 0.12])
def test_push_up_line_is_signed_in_both_directions(line: float, camera: Camera) -> None:
    take = line_set(line, camera)
    for poses in (take.poses, synthetic.mirror(take.poses)):
        found = findings_of(replace(take, poses=poses), "push_up", "push_up.line")
        assert [f.value for f in found] == pytest.approx([line] * 2, abs=0.01)
        if abs(line) > 0.01:
            assert all(np.sign(f.limit) == np.sign(line) for f in found)


@pytest.mark.parametrize("exercise", ["squat", "push_up"])
def test_values_know_no_scale_side_or_place(exercise: str) -> None:
    do = squat if exercise == "squat" else push_up
    take = shoot([do(depth=-0.1), do(depth=0.1)], exercise)
    base = judge(take.poses, take.reps, exercise).findings
    for changed in (
        synthetic.mirror(take.poses),
        synthetic.rescale(take.poses, 0.5),
        synthetic.shift(take.poses, (100, 30)),
    ):
        for found, before in zip(judge(changed, take.reps, exercise).findings, base, strict=True):
            for f, was in zip(found, before, strict=True):
                little = 0.5 if f.unit == "°" else 0.03  # a shift moves the camera's axis, too
                assert f.value == pytest.approx(was.value, abs=little, nan_ok=True)
            assert [f.verdict for f in found] == [f.verdict for f in before]


def test_values_stand_small_noise() -> None:
    depths = [-0.3, 0.1]
    take = shoot([squat(depth=depth) for depth in depths], "squat")
    noisy = replace(take, poses=synthetic.add_noise(take.poses, 0.01, seed=1))
    found = findings_of(noisy, "squat", "squat.depth")
    assert [f.value for f in found] == pytest.approx(depths, abs=0.06)


@pytest.mark.parametrize("part", ["shoulder", "hip", "knee", "ankle"])
def test_a_far_joint_that_is_not_seen_hardly_changes_the_lean(part: str) -> None:
    """The near side alone has to do, at both ends of a limb."""
    take = shoot([squat(lean_deg=35, shin_deg=15)], "squat")
    base = findings_of(take, "squat", "squat.lean")[0].value
    visibility = take.poses.visibility.copy()
    visibility[:, joint_index(f"right_{part}")] = 0.1
    hidden = replace(take, poses=replace(take.poses, visibility=visibility))
    assert findings_of(hidden, "squat", "squat.lean")[0].value == pytest.approx(base, abs=2.5)


# ----------------------------------------------------------------------------------- verdicts


def between(rule: FormRule, share: float) -> float:
    """Return a value so far on the way from the pass to the fail limit."""
    pass_limit, fail_limit = rule.limits
    return pass_limit + share * (fail_limit - pass_limit)


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(-1.5, Verdict.PASS), (0.5, Verdict.BORDERLINE), (2.5, Verdict.FAIL)],
)
@pytest.mark.parametrize("code", ["squat.depth", "push_up.depth"])
def test_three_verdicts_of_depth(code: str, share: float, verdict: Verdict) -> None:
    exercise = code.partition(".")[0]
    do = squat if exercise == "squat" else push_up
    take = shoot([do(depth=between(RULES[code], share))], exercise)
    (found,) = findings_of(take, exercise, code)
    assert found.verdict is verdict
    assert bool(found.cue) == (verdict is not Verdict.PASS)
    assert found.limit == RULES[code].limits[0]
    assert abs(found.time_s - take.reps[0].bottom_s) < 0.3


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(-0.7, Verdict.PASS), (0.5, Verdict.BORDERLINE), (2.0, Verdict.FAIL)],
)
def test_three_verdicts_of_lean(share: float, verdict: Verdict) -> None:
    beyond = between(RULES["squat.lean"], share)
    take = shoot([squat(lean_deg=30 + beyond, shin_deg=30)], "squat")
    (found,) = findings_of(take, "squat", "squat.lean")
    assert found.verdict is verdict


@pytest.mark.parametrize("sign", [1, -1], ids=["piked", "sagging"])
def test_line_verdicts_and_cues_on_both_sides(sign: int) -> None:
    rule = RULES["push_up.line"]
    seen = {}
    for line in (0.0, sign * between(rule, 0.5), sign * 2.5 * rule.limits[1]):
        for found in findings_of(line_set(line), "push_up", "push_up.line"):
            seen[line] = (found.verdict, found.cue)
    cue = rule.cue if sign > 0 else rule.cue_below
    assert list(seen.values()) == [
        (Verdict.PASS, ""),
        (Verdict.BORDERLINE, cue),
        (Verdict.FAIL, cue),
    ]


@pytest.mark.parametrize("code", RULES)
@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, 180.0])
def test_a_view_that_does_not_show_it_gives_no_verdict(code: str, yaw_deg: float) -> None:
    exercise = code.partition(".")[0]
    do = squat if exercise == "squat" else push_up
    take = shoot([do()], exercise, Camera(yaw_deg))
    (found,) = findings_of(take, exercise, code)
    view = measure_signals(take.poses).view.label
    assert (found.unseen is Unseen.VIEW) == (view not in RULES[code].views)
    if found.verdict is Verdict.UNSEEN:
        assert np.isnan(found.value)
        assert np.isnan(found.time_s)
        assert found.cue == ""


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        ("squat.depth", "knee"),
        ("squat.lean", "shoulder"),
        ("push_up.depth", "elbow"),
        ("push_up.line", "hip"),
    ],
)
@pytest.mark.parametrize("how", ["NaN", "hardly visible"])
def test_joints_not_seen_give_no_verdict(code: str, lost: str, how: str) -> None:
    exercise = code.partition(".")[0]
    take = shoot([squat() if exercise == "squat" else push_up()] * 2, exercise)
    poses, second = take.poses, take.reps[1]
    during = (poses.time_s >= second.start_s) & (poses.time_s <= second.end_s)
    unseen = np.zeros(poses.visibility.shape, dtype=bool)
    unseen[np.ix_(during, [joint_index(f"{side}_{lost}") for side in ("left", "right")])] = True
    if how == "NaN":
        poses = synthetic.hide(poses, unseen)
    else:
        poses = replace(poses, visibility=np.where(unseen, 0.1, poses.visibility))
    first, second = findings_of(replace(take, poses=poses), exercise, code)
    assert first.verdict is not Verdict.UNSEEN
    assert second.verdict is Verdict.UNSEEN
    assert np.isnan(second.value)


def test_most_of_a_rep_has_to_be_seen() -> None:
    take = shoot([squat()], "squat")
    poses, rep = take.poses, take.reps[0]
    for share, judged in ((0.3, True), (0.7, False)):
        lost_s = rep.start_s + share * (rep.end_s - rep.start_s)
        lost = (poses.time_s >= rep.start_s) & (poses.time_s < lost_s)
        hidden = replace(take, poses=synthetic.hide(poses, lost))
        (found,) = findings_of(hidden, "squat", "squat.depth")
        assert (found.verdict is not Verdict.UNSEEN) is judged


def test_a_rep_between_two_frames_gives_no_verdict() -> None:
    take = shoot([squat()], "squat")
    moment = float(take.poses.time_s[10]) + 0.01
    report = judge(take.poses, (Rep(moment, moment + 0.01, moment + 0.02),), "squat")
    assert {found.verdict for found in report.findings[0]} == {Verdict.UNSEEN}


def test_nobody_at_all_gives_no_verdict() -> None:
    take = shoot([push_up()], "push_up")
    nobody = synthetic.hide(take.poses, np.ones(len(take.poses), dtype=bool))
    report = judge(nobody, take.reps, "push_up")
    assert {found.verdict for found in report.findings[0]} == {Verdict.UNSEEN}
    assert report.frame_share == {}
    assert report.cue == ""


@pytest.mark.parametrize("exercise", ["squat", "push_up"])
def test_a_partial_rep_is_not_blamed_for_its_depth(exercise: str) -> None:
    do = squat if exercise == "squat" else push_up
    take = shoot([do(), do(part=0.5)], exercise)
    report = judge(take.poses, take.reps, exercise)
    assert take.reps[1].kind is RepKind.PARTIAL
    for found in report.findings[1]:
        if RULES[found.code].measures_depth:
            assert found.unseen is Unseen.PARTIAL
    assert report.findings[1][1].verdict is not Verdict.UNSEEN  # its posture
    assert report.shallow_reps == 0


# ------------------------------------------------------------------------- limits of one's own


@pytest.mark.parametrize("code", RULES)
def test_ones_own_limit_moves_both_limits(code: str) -> None:
    exercise, rule = code.partition(".")[0], RULES[code]
    move = squat() if exercise == "squat" else push_up()
    camera = SIDE if "side" in rule.views else Camera(0.0)
    take = shoot([move] * 4, exercise, camera)  # as many as a set needs to be compared with itself
    base = findings_of(take, exercise, code)[0]
    value = base.value if rule.limits[0] > rule.limits[1] else abs(base.value)
    width = rule.limits[1] - rule.limits[0]
    off = base.uncertainty / abs(width)
    for share, verdict in (
        (-0.1 - off, Verdict.PASS),
        (0.1 - off, Verdict.BORDERLINE),
        (0.9 + off, Verdict.BORDERLINE),
        (1.1 + off, Verdict.FAIL),
    ):
        own = value - share * width
        found = findings_of(take, exercise, code, **{code.replace(".", "__"): own})[0]
        assert found.verdict is verdict, share
        assert abs(found.limit) == pytest.approx(abs(own))


def test_a_limit_for_another_rule_changes_nothing() -> None:
    take = shoot([squat(depth=-0.1)], "squat")
    before = judge(take.poses, take.reps, "squat").findings
    after = judge(take.poses, take.reps, "squat", push_up__depth=0.4).findings
    assert repr(after) == repr(before)  # what was not seen, NaN, is not equal to itself


# ------------------------------------------------------------------------------- the whole set


def test_frame_share_of_a_mixed_set() -> None:
    good, leaning = squat(lean_deg=35), squat(lean_deg=70)
    take = shoot([good, good, good, leaning], "squat")
    share = judge(take.poses, take.reps, "squat").frame_share
    assert sum(share.values()) == pytest.approx(1.0)
    assert share["good"] == pytest.approx(0.75, abs=0.03)
    assert share["forward_lean"] == pytest.approx(0.25, abs=0.03)
    assert set(share) == {"good", "forward_lean"}


@pytest.mark.parametrize(("line", "name"), [(0.15, "rounded"), (-0.15, "hollow"), (0.0, "good")])
def test_frame_share_of_push_ups(line: float, name: str) -> None:
    take = line_set(line)
    share = judge(take.poses, take.reps, "push_up").frame_share
    assert set(share) == {"good", "rounded", "hollow"}
    assert share[name] == pytest.approx(1.0)


def test_frame_share_is_empty_where_nothing_is_judgeable() -> None:
    take = shoot([squat()], "squat", Camera(0.0))
    assert judge(take.poses, take.reps, "squat").frame_share == {}


def test_shallow_reps_are_counted_whole_ones_only() -> None:
    take = shoot([squat(), squat(depth=-0.4), squat(depth=-0.4), squat(part=0.5)], "squat")
    assert judge(take.poses, take.reps, "squat").shallow_reps == 2


def test_the_cue_is_the_most_frequent_fault() -> None:
    depth, lean = RULES["squat.depth"].cue, RULES["squat.lean"].cue
    shallow, leaning, good = squat(depth=-0.4, lean_deg=30), squat(lean_deg=70), squat(lean_deg=32)
    for moves, cue in (
        ([good, good], ""),
        ([good, shallow], depth),
        ([shallow, shallow, leaning], depth),
        ([shallow, leaning, leaning], lean),
    ):
        take = shoot(moves, "squat")
        assert judge(take.poses, take.reps, "squat").cue == cue


def test_partial_reps_give_no_cue() -> None:
    take = shoot([squat(lean_deg=32), replace_kind(squat(lean_deg=75))], "squat")
    report = judge(take.poses, take.reps, "squat")
    assert report.findings[1][1].verdict is Verdict.FAIL  # judged, and listed
    assert report.cue == ""
    assert report.frame_share["good"] == 1.0


def replace_kind(move: Move) -> Move:
    """Declare a rep partial, as a counter would that did not see its end."""
    return replace(move, rep=replace(move.rep, kind=RepKind.PARTIAL))


def test_findings_follow_the_reps_and_the_rules() -> None:
    take = shoot([squat()] * 3, "squat")
    report = judge(take.poses, take.reps, "squat")
    codes = tuple(rule.code for rule in EXERCISES["squat"].rules)
    assert [tuple(f.code for f in found) for found in report.findings] == [codes] * 3
    for rep, found in zip(take.reps, report.findings, strict=True):
        for finding in found:
            judged = finding.verdict is not Verdict.UNSEEN
            assert (rep.start_s <= finding.time_s <= rep.end_s) == judged
            assert finding.unit == RULES[finding.code].unit
            assert finding.name == RULES[finding.code].name


def test_no_reps_or_no_exercise_is_an_empty_report() -> None:
    take = shoot([squat()], "squat")
    nothing = judge(take.poses, (), "squat")
    assert (nothing.findings, nothing.frame_share, nothing.cue) == ((), {}, "")
    unknown = judge_form(take.poses, take.reps, None, {})
    assert unknown.findings == ((),)
    empty = synthetic.first_frames(take.poses, 0)
    assert judge(empty, (), "squat").findings == ()
