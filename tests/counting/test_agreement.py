"""Several counters, one answer: votes, confidence, and why they differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.counting import AgreementCounter
from gym.counting.agreement import combine_counts, explain_disagreements
from gym.exercises import EXERCISES
from gym.notes import say_doubt
from gym.schema import PoseSequence, Reason, Rep, RepCount, RepKind
from tests import synthetic
from tests.synthetic import film, hold

LENGTH_S = 20.0


def some_poses(visibility: float = 0.9) -> PoseSequence:
    """Return poses in which only the visibility matters."""
    time_s = np.arange(0.0, LENGTH_S, 0.1)
    shape = (len(time_s), 33)
    seen = np.full(shape, visibility)
    return PoseSequence(time_s, np.zeros((*shape, 2)), np.zeros((*shape, 3)), seen, (640, 360))


def answer(
    method: str,
    *bottoms_s: float,
    length_s: float = 1.0,
    partial: dict[float, str] | None = None,
    phase: float = 0.9,
) -> RepCount:
    """Return a counter's answer: repetitions around their bottoms, and partial ones."""
    time_s = some_poses().time_s
    half_s = length_s / 2
    reps = [Rep(s - half_s, s, s + half_s) for s in bottoms_s]
    reps += [
        Rep(s - half_s, s, s + half_s, RepKind.PARTIAL, why) for s, why in (partial or {}).items()
    ]
    reps.sort(key=lambda rep: rep.bottom_s)
    return RepCount(method, tuple(reps), time_s, np.full(len(time_s), phase))


def counts(*answers: RepCount) -> dict[str, RepCount]:
    return {one.method: one for one in answers}


# ------------------------------------------------------------------------------------ combining


def test_counters_that_agree_are_sure() -> None:
    together = combine_counts(
        counts(answer("a", 2, 4, 6), answer("b", 2.1, 3.9, 6.2), answer("c", 1.9, 4.1, 6)),
        some_poses(),
    )
    assert together.count.count == 3
    assert together.count.method == "agreement"
    assert together.confidence == together.agreed_share == 1.0
    assert say_doubt(together) == ""


def test_the_majority_decides() -> None:
    together = combine_counts(
        counts(answer("a", 2, 4), answer("b", 2, 4, 6), answer("c", 2, 4, 6, 8)), some_poses()
    )
    assert [rep.bottom_s for rep in together.count.reps] == [2, 4, 6, 8]
    assert [rep.kind is RepKind.FULL for rep in together.count.reps] == [True, True, True, False]
    assert together.count.reps[-1].reason == "counted by 1 of 3 counters"
    # Three have the first two, two of three the third, and two of three do not have the last.
    assert together.agreed_share == pytest.approx((1 + 1 + 2 / 3 + 2 / 3) / 4, abs=1e-3)
    assert together.disputed == 2


@pytest.mark.parametrize(("first", "total"), [("a", 2), ("b", 3)])
def test_the_first_counter_decides_a_tie(first: str, total: int) -> None:
    both = counts(answer("a", 2, 4), answer("b", 2, 4, 6))
    ordered = {first: both[first], **both}
    assert combine_counts(ordered, some_poses()).count.count == total


def test_the_first_counters_times_and_phase_are_taken() -> None:
    together = combine_counts(
        counts(answer("a", 2.1, phase=0.3), answer("b", 2.0)), some_poses()
    ).count
    assert together.reps[0].bottom_s == 2.1
    assert together.phase[0] == 0.3


def test_a_phase_that_is_not_known_comes_from_the_next_counter() -> None:
    one, two = answer("a", 2.0, phase=np.nan), answer("b", 2.0, phase=0.4)
    assert combine_counts(counts(one, two), some_poses()).count.phase[0] == 0.4


def test_fast_repetitions_are_matched_one_to_one() -> None:
    bottoms_s = np.arange(2, 12, 0.55)
    late = [answer("a", *bottoms_s, length_s=0.5), answer("b", *bottoms_s + 0.2, length_s=0.5)]
    together = combine_counts(counts(*late), some_poses())
    assert together.count.count == len(bottoms_s)
    assert together.confidence == 1.0


def test_a_slow_repetition_may_have_its_bottom_elsewhere() -> None:
    slow = counts(answer("a", 8.0, length_s=6.0), answer("b", 9.0, length_s=5.5))
    assert combine_counts(slow, some_poses()).agreed_share == 1.0


def test_partial_ones_are_kept_once() -> None:
    small = {6.0: "much smaller than the others"}
    both = counts(answer("a", 2, 4, partial=small), answer("b", 2, 4, partial={6.1: "too small"}))
    reps = combine_counts(both, some_poses()).count.reps
    assert [rep.reason for rep in reps] == ["", "", "much smaller than the others"]


# ----------------------------------------------------------------------------------- confidence


def test_total_disagreement_is_said() -> None:
    together = combine_counts(counts(answer("a", 2, 4, 6), answer("b")), some_poses())
    assert together.count.count == 3
    assert together.confidence == 0.5
    assert "the counters disagree about 3 of the reps" in say_doubt(together)


def test_two_of_three_are_a_majority_not_a_doubt() -> None:
    together = combine_counts(
        counts(answer("a", 2, 4), answer("b", 2, 4), answer("c")), some_poses()
    )
    assert together.count.count == 2
    assert together.confidence == pytest.approx(2 / 3, abs=1e-3)
    assert say_doubt(together) == ""


def test_where_nothing_is_counted_there_is_no_confidence() -> None:
    together = combine_counts(counts(answer("a"), answer("b")), some_poses())
    assert together.count.count == 0
    assert np.isnan(together.confidence)
    assert say_doubt(together) == ""


def test_hardly_seen_limbs_make_it_unsure() -> None:
    together = combine_counts(counts(answer("a", 2), answer("b", 2)), some_poses(0.32))
    assert together.confidence == together.visibility == pytest.approx(0.4)
    assert "hard to see" in say_doubt(together)


def test_nothing_is_counted_without_its_limbs() -> None:
    together = combine_counts(counts(answer("a", 2), answer("b", 2)), some_poses(0.1))
    assert together.count.count == 0
    assert together.count.reps[0].reason == "the limbs were not seen"


def test_the_better_side_is_enough() -> None:
    poses = some_poses()
    far = np.array([name.startswith("left") for name in synthetic.BLAZEPOSE_JOINTS])
    hidden = synthetic.hide(poses, np.tile(far, (len(poses), 1)))
    assert combine_counts(counts(answer("a", 2), answer("b", 2)), hidden).visibility == 1.0


def test_one_counter_alone_is_not_confirmed() -> None:
    together = combine_counts(counts(answer("a", 2, 4)), some_poses())
    assert together.count.count == 2
    assert together.confidence == 0.75
    unsure = replace(answer("a", 2, 4), sureness=0.6)
    together = combine_counts(counts(unsure), some_poses())
    assert together.confidence == pytest.approx(0.45)
    assert "only one counter" in say_doubt(together)


# ------------------------------------------------------------------------------------- refusals


def specific(one: RepCount, *, inside: float | None = None) -> RepCount:
    """Return the answer of a counter that looks for one exercise, and perhaps tells of sets."""
    in_set = None if inside is None else np.full(len(one.time_s), inside)
    return replace(one, exercise_specific=True, in_set=in_set)


def legs(visibility: float) -> PoseSequence:
    """Return poses of a bent knee whose legs are seen so well, the rest well."""
    poses = some_poses()
    names = [f"{side}_{joint}" for side in ("left", "right") for joint in ("knee", "ankle")]
    seen = np.where(np.isin(synthetic.BLAZEPOSE_JOINTS, names), visibility, poses.visibility)
    shape = np.random.default_rng(0).normal(size=(33, 3))
    moving = shape * (1 + 0.1 * np.sin(poses.time_s))[:, None, None]
    return replace(poses, xy_px=moving[..., :2], xyz_m=moving, visibility=seen)


@pytest.mark.parametrize("refusing", [None, 0.1])
def test_what_looks_like_another_movement_does_not_count(refusing: float | None) -> None:
    found = counts(
        specific(answer("a"), inside=refusing), specific(answer("b", 2, 4)), answer("c", 2, 4)
    )
    together = combine_counts(found, legs(0.9), EXERCISES["squat"])
    assert together.count.count == 0
    assert {rep.reason for rep in together.count.reps} == {"it looks like another movement"}
    assert np.isnan(together.confidence)


def test_one_of_three_that_know_the_exercise_does_not_refuse_alone() -> None:
    found = counts(
        specific(answer("a")),
        specific(answer("b", 2, 4)),
        specific(answer("c", 2, 4)),
        answer("d", 2, 4),
    )
    assert combine_counts(found, legs(0.9), EXERCISES["squat"]).count.count == 2


def test_the_recogniser_that_named_the_exercise_stands_beside_the_counters() -> None:
    found = counts(specific(answer("a")), specific(answer("b", 2, 4)), answer("c", 2, 4))
    for recognised, total in ((True, 2), (False, 0)):
        together = combine_counts(found, legs(0.9), EXERCISES["squat"], recognised=recognised).count
        assert together.count == total


def test_a_counter_that_saw_a_set_but_cut_it_otherwise_does_not_refuse() -> None:
    found = counts(
        specific(answer("a", 9), inside=0.9), specific(answer("b", 2, 4)), answer("c", 2, 4)
    )
    together = combine_counts(found, legs(0.9), EXERCISES["squat"]).count
    assert [rep.bottom_s for rep in together.reps if rep.kind is RepKind.FULL] == [2, 4]


def test_a_counter_that_could_not_see_the_joint_has_no_say() -> None:
    found = counts(
        specific(answer("a")), specific(answer("b", 2, 4), inside=0.9), answer("c", 2, 4)
    )
    together = combine_counts(found, legs(0.28), EXERCISES["squat"])
    assert together.count.count == 2
    assert together.agreed_share == 1.0
    assert combine_counts(found, legs(0.9), EXERCISES["squat"]).count.count == 0


def test_poses_stretched_to_one_box_leave_only_self_similarity_a_say() -> None:
    poses = legs(0.9)
    low = poses.xy_px.min(axis=1, keepdims=True)
    box = (poses.xy_px - low) / np.ptp(poses.xy_px, axis=1)[:, None] * 100
    found = counts(specific(answer("a")), specific(answer("b"), inside=0.0), answer("c", 2, 4))
    stretched = replace(poses, xy_px=box)
    assert combine_counts(found, stretched, EXERCISES["squat"]).count.count == 2


# --------------------------------------------------------------------------- sizes and overlaps


def test_one_counters_shape_does_not_veto_what_the_others_measured() -> None:
    small = {2.0: "much smaller than the others"}
    found = counts(answer("a", 2, 4), answer("b", 2, 4), answer("c", 4, partial=small))
    assert combine_counts(found, some_poses()).count.count == 2
    found = counts(answer("a", 4, partial=small), answer("b", 2, 4), answer("c", 2, 4))
    assert combine_counts(found, some_poses()).count.count == 1


def test_a_small_movement_beside_a_rep_does_not_take_it_away() -> None:
    small = {4.9: "much smaller than the others"}
    long = answer("a", 4.0, length_s=4.0)
    found = counts(long, answer("b", 4.0, length_s=1.2, partial=small))
    assert combine_counts(found, some_poses()).count.count == 1


def test_no_two_reps_share_time() -> None:
    long = answer("a", 4.0, length_s=4.0)
    found = counts(long, answer("b", 3.9, 5.4), answer("c", 4.1, 5.4))
    together = combine_counts(found, some_poses()).count
    full = [rep for rep in together.reps if rep.kind is RepKind.FULL]
    assert [rep.bottom_s for rep in full] == [4.0]
    touching = counts(answer("a", 2, 4, length_s=2.4), answer("b", 2, 4, length_s=2.0))
    one, two = combine_counts(touching, some_poses()).count.reps
    assert one.end_s == two.start_s == 3.0


def test_no_counter_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        combine_counts({}, some_poses())


# -------------------------------------------------------------------------------- disagreements


def test_where_all_agree_there_is_nothing_to_explain() -> None:
    assert explain_disagreements(counts(answer("a", 2, 4), answer("b", 2, 4))) == ()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        pytest.param(
            answer("b", 2, 6, partial={4.0: "too small a movement"}),
            "too small a movement",
            id="listed as partial",
        ),
        pytest.param(answer("b", 5, 6), "outside the set it found", id="outside the set"),
        pytest.param(answer("b"), "it found no set here", id="nothing found"),
        pytest.param(answer("b", 2, 6, phase=0.3), "too shallow: 30% of its usual way", id="small"),
        pytest.param(
            answer("b", 2, 8, length_s=3.0),
            "too short: 1.0 s, its other reps take 3.0 s",
            id="short",
        ),
        pytest.param(
            answer("b", 2, 6), "it saw no full movement there and back here", id="no turn"
        ),
    ],
)
def test_says_why_the_other_does_not_have_it(other: RepCount, reason: str) -> None:
    rows = explain_disagreements(counts(answer("a", 4), other), some_poses())
    row = next(row for row in rows if row.found_by == ("a",))
    assert row.bottom_s == 4
    assert row.missed_by == (("b", reason),)


def test_says_when_two_were_counted_as_one() -> None:
    slow = answer("b", 4.5, length_s=3.0)
    rows = explain_disagreements(counts(answer("a", 4, 5.5), slow), some_poses())
    assert rows[0].missed_by == (("b", "counted as one with the rep at 4.5 s"),)


def test_says_when_the_clip_ended() -> None:
    end_s = LENGTH_S - 0.6
    rows = explain_disagreements(counts(answer("a", 2, end_s), answer("b", 2)), some_poses())
    assert rows[0].missed_by == (("b", "cut by the end of the clip"),)


def test_says_when_hardly_anything_was_seen() -> None:
    rows = explain_disagreements(counts(answer("a", 4), answer("b", 2, 6)), some_poses(0.2))
    row = next(row for row in rows if row.found_by == ("a",))
    assert row.missed_by == (("b", "the arms and legs were hard to see"),)


def test_rows_are_in_time_order_and_leave_the_combined_answer_aside() -> None:
    one, two = answer("a", 2, 9), answer("b", 2, 5)
    combined = combine_counts(counts(one, two), some_poses()).count
    rows = explain_disagreements(counts(combined, one, two))
    assert [(row.bottom_s, row.found_by) for row in rows] == [(5, ("b",)), (9, ("a",))]


# ---------------------------------------------------------------------------------- as a counter


@pytest.mark.parametrize("exercise", [None, "squat"])
def test_counts_like_any_counter(exercise: str | None) -> None:
    standing = hold(synthetic.STANDING, 1.0)
    poses = film([standing, *[synthetic.squat()] * 3, standing]).poses
    counter = AgreementCounter(EXERCISES.get(exercise))
    for index in range(len(poses)):
        assert counter.update(poses[index]) is None
    assert counter.finish().count == 3
    assert counter.agreement.confidence == pytest.approx(1.0 if exercise else 0.75, abs=0.02)


def test_nothing_to_count() -> None:
    counter = AgreementCounter(EXERCISES["squat"])
    counted = counter.finish()
    assert (counted.count, len(counted.time_s)) == (0, 0)
    assert np.isnan(counter.agreement.confidence)


def test_a_doubted_end_of_a_set_that_is_unlike_the_rest_is_no_rep() -> None:
    """Picking the weight up bends the knees as far as a rep does."""
    measured = answer("a", 2, 6, 10, 14)
    for at_s, counted in ((2, 3), (6, 4)):  # the first, and one in the middle
        others = [s for s in (2, 6, 10, 14) if s != at_s]
        compared = answer("b", *others, partial={at_s: Reason.UNLIKE_OTHERS})
        assert combine_counts({"a": measured, "b": compared}, legs(0.9)).count.count == counted


def test_what_was_outvoted_inside_a_rep_that_stands_is_not_listed() -> None:
    """A rep that pauses half way is two to a counter that looks for turns only."""
    whole, parts = answer("a", 4, length_s=2.0), answer("b", 3.6, 4.4, length_s=0.6)
    together = combine_counts({"a": whole, "b": parts}, legs(0.9))
    assert [rep.kind for rep in together.count.reps] == [RepKind.FULL]
    assert len(together.disagreements) == 3  # told all the same
    apart = combine_counts({"a": whole, "b": answer("b", 8)}, legs(0.9)).count
    assert [rep.kind for rep in apart.reps] == [RepKind.FULL, RepKind.PARTIAL]
