"""The figures of a set, on reps whose answer is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from gym.schema import (
    Classification,
    ClipInfo,
    CoachReport,
    Finding,
    FormReport,
    J,
    PoseSequence,
    Rep,
    RepCount,
    RepKind,
    RepReport,
    Signals,
    Verdict,
    View,
    Workout,
)
from gym.summary import find_best_rep, main_finding, overall_verdict, pair_reps, summarise_set

NAN = float("nan")


def make_finding(code: str, verdict: Verdict, value: float = NAN) -> Finding:
    return Finding(code, code, verdict, value, "thigh lengths", 0.0, "")


def make_workout(*reps: tuple[Rep, tuple[Finding, ...]], judged: bool = True) -> Workout:
    """Return a workout of one frame with these reps and findings."""
    time_s = np.zeros(1)
    poses = PoseSequence(
        time_s, np.zeros((1, J, 2)), np.zeros((1, J, 3)), np.zeros((1, J)), (640, 360)
    )
    count = RepCount("heuristic", tuple(rep for rep, _ in reps), time_s, time_s)
    return Workout(
        clip=ClipInfo("a.mp4", 20.0, 1, 640, 360),
        poses=poses,
        signals=Signals(time_s, np.zeros((1, 0)), (), "left", View()),
        exercise=Classification("squat", 1.0, "user"),
        counts={"heuristic": count},
        counter="heuristic",
        form=FormReport(tuple(found for _, found in reps) if judged else ()),
        sets=(),
    )


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ((Verdict.PASS, Verdict.FAIL, Verdict.BORDERLINE), Verdict.FAIL),
        ((Verdict.UNSEEN, Verdict.BORDERLINE, Verdict.PASS), Verdict.BORDERLINE),
        ((Verdict.UNSEEN, Verdict.PASS), Verdict.PASS),
        ((Verdict.UNSEEN, Verdict.UNSEEN), Verdict.UNSEEN),
        ((), Verdict.UNSEEN),
    ],
)
def test_the_gravest_verdict_wins_and_nothing_seen_is_never_good(given, want):
    findings = tuple(make_finding(f"squat.{n}", verdict) for n, verdict in enumerate(given))
    assert overall_verdict(findings) is want
    main = main_finding(findings)
    assert (main.verdict if main else Verdict.UNSEEN) is want


def test_a_set_in_figures():
    depth = [make_finding("squat.depth", Verdict.PASS, value) for value in (0.1, 0.2, -0.3, 0.9)]
    lean = [make_finding("squat.lean", v) for v in (Verdict.PASS, Verdict.FAIL, Verdict.PASS)]
    workout = make_workout(
        (Rep(0.0, 1.0, 2.0), (depth[0], lean[0])),
        (Rep(3.0, 5.0, 6.0), (depth[1], lean[1])),
        (Rep(7.0, 8.0, 10.0), (depth[2], lean[2])),
        (Rep(11.0, 11.5, 12.0, RepKind.PARTIAL, "cut off"), (depth[3],)),
    )
    summary = summarise_set(workout)
    assert (summary.full, summary.partial, summary.clean) == (3, 1, 2)
    assert summary.out_s == pytest.approx(1.0)
    assert summary.back_s == pytest.approx(1.0)
    assert summary.tension_s == pytest.approx(2 + 3 + 3 + 1)
    assert summary.tempo_spread == pytest.approx(np.std([2, 3, 3], ddof=1) / np.mean([2, 3, 3]))
    assert (summary.shallowest, summary.deepest) == (-0.3, 0.2), "partial reps have no depth"
    assert summary.depth_spread == pytest.approx(np.std([0.1, 0.2, -0.3], ddof=1))
    assert summary.depth_unit == "thigh lengths"


def test_unknown_is_nan_and_never_clean():
    unseen = (make_finding("squat.depth", Verdict.UNSEEN),)
    summary = summarise_set(make_workout((Rep(0.0, 1.0, 2.0), unseen)))
    assert (summary.full, summary.clean) == (1, 0)
    assert math.isnan(summary.deepest)
    assert math.isnan(summary.tempo_spread), "one rep has no spread"
    assert summary.depth_unit == ""


def test_no_reps():
    summary = summarise_set(make_workout())
    assert (summary.full, summary.partial, summary.tension_s) == (0, 0, 0.0)
    assert math.isnan(summary.out_s)


def test_reps_without_a_report_pair_with_no_findings():
    workout = make_workout((Rep(0.0, 1.0, 2.0), ()), judged=False)
    assert pair_reps(workout) == ((workout.reps[0], ()),)


def rep_with(
    start_s: float, depth: float, *verdicts: Verdict, kind: RepKind = RepKind.FULL
) -> tuple[Rep, tuple[Finding, ...]]:
    """Return a rep with a depth and these verdicts, the first of them on the depth."""
    names = ("squat.depth", "squat.lean")
    found = [
        make_finding(name, verdict, depth) for name, verdict in zip(names, verdicts, strict=True)
    ]
    return Rep(start_s, start_s + 1, start_s + 2, kind), tuple(found)


@pytest.mark.parametrize(
    ("reps", "best"),
    [
        ([], None),
        ([(0.1, Verdict.PASS, Verdict.PASS), (0.3, Verdict.PASS, Verdict.PASS)], 1),
        ([(0.3, Verdict.PASS, Verdict.PASS), (0.3, Verdict.PASS, Verdict.PASS)], 0),
        ([(0.1, Verdict.PASS, Verdict.PASS), (0.9, Verdict.PASS, Verdict.FAIL)], 0),
        ([(0.1, Verdict.PASS, Verdict.PASS), (0.9, Verdict.PASS, Verdict.BORDERLINE)], 0),
        ([(-0.3, Verdict.FAIL, Verdict.PASS), (-0.1, Verdict.BORDERLINE, Verdict.PASS)], 1),
        ([(-0.3, Verdict.FAIL, Verdict.PASS), (NAN, Verdict.UNSEEN, Verdict.UNSEEN)], None),
        ([(NAN, Verdict.UNSEEN, Verdict.PASS), (0.1, Verdict.PASS, Verdict.PASS)], 1),
        ([(NAN, Verdict.UNSEEN, Verdict.PASS), (NAN, Verdict.UNSEEN, Verdict.PASS)], 0),
    ],
)
def test_the_best_rep_has_no_fault_and_goes_furthest(reps, best):
    made = [rep_with(3.0 * place, *rep) for place, rep in enumerate(reps)]
    assert find_best_rep(make_workout(*made)) == best


def test_the_range_is_the_reports_own_where_there_is_one():
    made = make_workout(
        rep_with(0.0, 0.1, Verdict.PASS, Verdict.PASS),
        rep_with(3.0, 0.3, Verdict.PASS, Verdict.PASS),
        rep_with(6.0, 0.9, Verdict.FAIL, Verdict.PASS),
    )
    assert find_best_rep(made) == 1
    reports = tuple(RepReport(range_share=share) for share in (1.0, 0.97, 1.0))
    assert find_best_rep(replace(made, report=CoachReport(reps=reports))) == 0
    unknown = tuple(RepReport(range_share=share) for share in (NAN, 0.97, 1.0))
    assert find_best_rep(replace(made, report=CoachReport(reps=unknown))) == 1


def test_a_partial_rep_is_never_the_best():
    partial = rep_with(3.0, 0.9, Verdict.PASS, Verdict.PASS, kind=RepKind.PARTIAL)
    assert find_best_rep(make_workout(partial)) is None
    whole = rep_with(0.0, 0.1, Verdict.PASS, Verdict.PASS)
    assert find_best_rep(make_workout(whole, partial)) == 0
    assert find_best_rep(make_workout(partial, whole, judged=False)) is None
