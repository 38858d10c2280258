"""From a clip to a workout: the pose pass, which leaves nothing behind, and judging, which is fast."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym import session
from gym.counting import COUNTERS, DEFAULT_COUNTER, count_reps
from gym.errors import Cancelled, ClipError, NobodyInView
from gym.exercises import EXERCISES
from gym.media.reader import ClipReader
from gym.media.writer import ClipWriter
from gym.pose import estimator
from gym.pose.weights import pose_model_sha256
from gym.schema import Classification, ClipInfo, Frame, Pose, PoseSequence, Segment, Verdict
from gym.session import JudgeSettings, analyse, analyse_poses, describe_pose_file, estimate_poses
from gym.sets import NEW_SET_S
from tests.conftest import AnalysedClip
from tests.figure import STANDING
from tests.made_clips import spaced, write_clip
from tests.synthetic import Camera, Take, film, get_down, hide, hold, push_up, squat


@pytest.fixture
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


@pytest.fixture(scope="module")
def squats() -> Take:
    return film([hold(STANDING, 1), *[squat()] * 3, hold(STANDING, 1)])


def describe(poses: PoseSequence, **changes: object) -> ClipInfo:
    return replace(describe_pose_file(Path("squat.npz"), poses), **changes)


def judge_take(take: Take, **options: object):
    return analyse_poses(describe(take.poses), take.poses, JudgeSettings(**options))


# The pose pass ----------------------------------------------------------------------------------


def test_every_frame_gets_its_pose(analysed_clip: AnalysedClip) -> None:
    with ClipReader(analysed_clip.path) as clip:
        times_s = [frame.time_s for frame in clip]
        size = clip.size
    poses = analysed_clip.poses
    assert poses.time_s.tolist() == times_s
    assert poses.image_size == size
    assert poses.model == "full"
    assert poses.seen.all()
    assert analysed_clip.info.frames == len(times_s)
    assert analysed_clip.info.name == "squat.mp4"  # given as ../squat.mp4


def test_the_squat_in_the_clip_is_found(analysed_clip: AnalysedClip) -> None:
    workout = analyse_poses(analysed_clip.info, analysed_clip.poses)
    assert workout.exercise.label == "squat"
    assert workout.count.count == 1
    assert workout.signals.view.label in ("side", "diagonal")
    assert workout.versions["pose"] == pose_model_sha256("full")
    assert workout.versions["phase"] == COUNTERS["learned"].version()
    assert workout.versions["stgcn"] == session.shipped_recogniser().version()
    assert workout.versions["app"]


def test_the_browsers_clip_shows_the_same_moments(analysed_clip: AnalysedClip) -> None:
    with ClipReader(analysed_clip.browser_clip) as clip:
        times_s = np.array([frame.time_s for frame in clip])
        assert clip.size == analysed_clip.poses.image_size
    assert times_s == pytest.approx(analysed_clip.poses.time_s, abs=1e-4)
    assert os.listdir(analysed_clip.browser_clip.parent) == [analysed_clip.browser_clip.name]


def test_progress_rises_to_the_end(analysed_clip: AnalysedClip) -> None:
    stages, shares = zip(*analysed_clip.progress, strict=True)
    assert set(stages) == {"Finding the athlete"}
    assert list(shares) == sorted(shares)
    assert shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1.0


@pytest.mark.usefixtures("no_thread_stays")
def test_while_nobody_is_in_view_few_frames_are_looked_at(
    squat_clip: Path, pose_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """5,000 small pictures without anybody took a minute and a half."""
    looked_s: list[float] = []
    estimate = estimator.PoseEstimator.estimate

    def spy(self: estimator.PoseEstimator, frame: Frame) -> Pose:
        looked_s.append(frame.time_s)
        return estimate(self, frame)

    monkeypatch.setattr(estimator.PoseEstimator, "estimate", spy)
    clip, comes_s = tmp_path / "late.mp4", 8.0
    with ClipReader(squat_clip) as squat, ClipWriter(clip, squat.size) as out:
        empty = np.full((squat.size[1], squat.size[0], 3), 128, np.uint8)
        for time_s in spaced(round(comes_s * 30)):
            out.write(Frame(empty, time_s))
        for frame in squat:
            out.write(Frame(frame.image, comes_s + frame.time_s))
            if frame.time_s > 1:
                break
    info, poses = estimate_poses(clip, model=pose_model)
    looked, seen_s = np.array(looked_s), poses.time_s[poses.seen]
    assert len(poses) == info.frames == round(comes_s * 30) + np.sum(poses.time_s > comes_s - 1e-3)
    assert np.sum((looked > session.EMPTY_S + 0.1) & (looked < comes_s)) <= 3 * 10
    assert comes_s - 1e-3 <= seen_s[0] <= comes_s + session.LOOK_EVERY_S + 1 / 30
    assert poses.seen[poses.time_s >= seen_s[0]].all()


def test_a_clip_in_which_nobody_is_leaves_nothing(tmp_path: Path, pose_model: str) -> None:
    clip = write_clip(tmp_path / "empty.mp4", spaced(8), (160, 120))
    (tmp_path / "out").mkdir()
    with pytest.raises(NobodyInView, match=r"Nobody is in view in empty\.mp4\.") as caught:
        estimate_poses(clip, model=pose_model, browser_clip=tmp_path / "out" / "clip.mp4")
    assert "Film the whole body" in caught.value.advice
    assert os.listdir(tmp_path / "out") == []


@pytest.mark.usefixtures("no_thread_stays")
@pytest.mark.parametrize("at", [1, 4])
def test_work_that_is_stopped_leaves_nothing(
    tmp_path: Path, squat_clip: Path, pose_model: str, at: int
) -> None:
    calls = []

    def stop(stage: str, share: float) -> None:
        calls.append(share)
        if len(calls) == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        estimate_poses(
            squat_clip,
            model=pose_model,
            browser_clip=tmp_path / "clip.mp4",
            on_progress=stop,
        )
    assert len(calls) == at
    assert os.listdir(tmp_path) == []


def test_a_clip_of_unknown_length_can_be_stopped(tmp_path: Path, pose_model: str) -> None:
    bare = write_clip(tmp_path / "bare.mp4", spaced(8), (160, 120), container="h264")
    with ClipReader(bare) as clip:
        assert clip.expected_s is None

    def stop(stage: str, share: float) -> None:
        assert share == 0.0
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_poses(bare, model=pose_model, on_progress=stop)


@pytest.mark.usefixtures("no_thread_stays")
def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, squat_clip: Path, pose_model: str
) -> None:
    with pytest.raises(ClipError, match="cannot be written"):
        estimate_poses(squat_clip, model=pose_model, browser_clip=tmp_path / "none" / "clip.mp4")


def test_one_frame_is_analysed_and_explained(
    tmp_path: Path, squat_clip: Path, pose_model: str
) -> None:
    with ClipReader(squat_clip) as clip, ClipWriter(tmp_path / "one.mp4", clip.size) as out:
        out.write(next(iter(clip)))
    workout = analyse(tmp_path / "one.mp4", model=pose_model, browser_clip=tmp_path / "browser.mp4")
    assert workout.clip.frames == len(workout.poses) == 1
    assert workout.poses.seen.all()
    assert workout.count.count == 0
    assert workout.sets == ()
    assert len(workout.notes) == 1
    assert workout.notes[0].startswith("The clip is too short for a rep: 0.")
    assert (tmp_path / "browser.mp4").is_file()


def test_a_cut_off_clip_is_analysed_as_far_as_it_goes(
    tmp_path: Path, squat_clip: Path, pose_model: str
) -> None:
    data = squat_clip.read_bytes()  # its index comes first, so half of it decodes
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    workout = analyse(tmp_path / "cut.mp4", model=pose_model)
    stopped_s = workout.clip.stopped_s
    assert 0 < stopped_s < workout.clip.duration_s + 0.1
    assert f"The file is damaged: it could be read up to {stopped_s:.1f} s" in workout.notes[0]


# Judging ----------------------------------------------------------------------------------------


def test_what_is_recognised_is_counted_and_judged(squats: Take) -> None:
    workout = judge_take(squats)
    assert workout.exercise.label == "squat"
    assert workout.exercise.chosen_by in ("heuristic", "model")
    assert workout.counter == DEFAULT_COUNTER
    assert set(workout.counts) == set(COUNTERS)
    assert workout.count.count == 3
    assert len(workout.form.findings) == len(workout.reps)
    assert workout.notes == ()


def test_judging_again_changes_only_the_judgement(squats: Take) -> None:
    first = judge_take(squats)
    strict = judge_take(squats, limits=(("squat.depth", 0.5),))
    assert strict.poses is first.poses
    assert strict.count.reps == first.count.reps
    before, after = (
        {
            finding.verdict
            for found in w.form.findings
            for finding in found
            if "depth" in finding.code
        }
        for w in (first, strict)
    )
    assert before == {Verdict.PASS}
    assert after == {Verdict.FAIL}


def test_the_user_may_choose_the_exercise(squats: Take) -> None:
    workout = judge_take(squats, exercise="push_up")
    assert (workout.exercise.label, workout.exercise.chosen_by) == ("push_up", "user")
    assert np.isnan(workout.exercise.probability)
    assert workout.exercise.frame_share["squat"] > 0.5  # what was recognised is still told
    assert workout.count.count == 0
    assert workout.notes[0].startswith("No push-up was found")


def test_standing_about_is_no_exercise() -> None:
    standing = film([hold(STANDING, 4)])
    workout = judge_take(standing)
    assert workout.exercise.label == "other"
    assert {name: count.count for name, count in workout.counts.items()} == dict.fromkeys(
        COUNTERS, 0
    )
    assert workout.sets == workout.reps == workout.form.findings == ()
    assert "choose it yourself" in workout.notes[0]
    chosen = judge_take(standing, exercise="squat")
    assert chosen.count.count == 0
    assert chosen.notes[0].startswith("No squat was found")


def test_partial_reps_alone_are_explained() -> None:
    begun = film([hold(STANDING, 1), squat(), hold(STANDING, 1)], from_s=1.48)  # half way down
    workout = judge_take(begun, exercise="squat")
    assert workout.count.count == 0
    assert len(workout.reps) == 1
    assert workout.notes == (
        f"Only partial reps were found, no whole one: {workout.reps[0].reason}.",
    )
    assert workout.sets == ()


def test_an_absence_is_noted(squats: Take) -> None:
    away = np.arange(len(squats.poses)) >= len(squats.poses) * 0.75
    poses = hide(squats.poses, away)
    workout = analyse_poses(describe(poses), poses)
    assert "in 25% of the frames" in workout.notes[0]


def test_poses_of_nobody_are_judged_as_nothing(squats: Take) -> None:
    poses = hide(squats.poses, np.ones(len(squats.poses), dtype=bool))
    workout = analyse_poses(describe(poses), poses)
    assert workout.exercise.label == "other"
    assert workout.count.count == 0
    assert workout.signals.view.label == "unknown"


def test_a_long_rest_parts_two_sets() -> None:
    rest = hold(STANDING, NEW_SET_S + 3)
    take = film([hold(STANDING, 1), squat(), squat(), rest, squat(), hold(STANDING, 1)], fps=15)
    first, second = judge_take(take, exercise="squat").sets
    assert (first.counts[DEFAULT_COUNTER], second.counts[DEFAULT_COUNTER]) == (2, 1)
    assert first.exercise == second.exercise == "squat"
    bottoms = [rep.bottom_s for rep in take.full]
    assert first.start_s < bottoms[0] < bottoms[1] < first.end_s
    assert second.start_s < bottoms[2] < second.end_s


def test_a_short_rest_does_not_part_a_set() -> None:
    rest = hold(STANDING, NEW_SET_S - 5)
    take = film([hold(STANDING, 1), squat(), rest, squat(), hold(STANDING, 1)], fps=15)
    (only,) = judge_take(take, exercise="squat").sets
    assert only.counts[DEFAULT_COUNTER] == 2


def test_push_ups_are_recognised_too() -> None:
    plank = push_up().at(0.0)
    workout = judge_take(film([hold(plank, 1), *[push_up()] * 2, hold(plank, 1)]))
    assert workout.exercise.label == "push_up"
    assert workout.count.count == 2


def test_mistakes_of_the_program_are_told(squats: Take) -> None:
    with pytest.raises(ValueError, match="got 'juggling'"):
        judge_take(squats, exercise="juggling")
    with pytest.raises(ValueError, match="got 'abacus'"):
        judge_take(squats, counter="abacus")
    assert "other" not in EXERCISES  # it can be recognised, but not chosen
    with pytest.raises(ValueError, match="got 'other'"):
        judge_take(squats, exercise="other")


def test_a_pose_files_clip_is_described(squats: Take) -> None:
    info = describe_pose_file(Path("some") / "squat\udcff.npz", squats.poses)
    assert info.name == "squat\N{REPLACEMENT CHARACTER}.npz"  # can be printed
    assert info.frames == len(squats.poses)
    assert info.duration_s == pytest.approx(len(squats.poses) / 30)
    assert (info.width_px, info.height_px) == squats.poses.image_size
    assert info.rotation_deg is None


def test_a_mixed_workout_is_counted_set_by_set() -> None:
    script = [hold(STANDING, 1), *(squat() for _ in range(4)), hold(STANDING, 2), *get_down()]
    take = film([*script, *(push_up() for _ in range(5))], Camera(yaw_deg=80), fps=25)
    workout = judge_take(take)
    assert [(one.exercise, one.counts) for one in workout.sets] == [
        ("squat", dict.fromkeys(COUNTERS, 4)),
        ("push_up", dict.fromkeys(COUNTERS, 5)),
    ]
    assert workout.sets[0].end_s < workout.sets[1].start_s
    labels = [segment.label for segment in workout.exercise.timeline]
    assert (labels[0], labels[-1]) == ("squat", "push_up")
    # At the top stand the counts of one exercise only.
    assert workout.count.count == {"squat": 4, "push_up": 5}[workout.exercise.label]


def test_an_unsure_count_says_so() -> None:
    sure = judge_take(film([hold(STANDING, 1), *(squat() for _ in range(4)), hold(STANDING, 1)]))
    assert sure.confidence > 0.9
    assert not any("unsure" in note for note in sure.notes)
    poses = replace(sure.poses, visibility=np.minimum(sure.poses.visibility, 0.35))
    assert sure.agreement.members == ("heuristic", "learned", "spectral")
    assert sure.agreement.disagreements == ()
    unsure = analyse_poses(sure.clip, poses, JudgeSettings("squat"))
    assert unsure.count.count == 4
    assert unsure.confidence < 0.6
    assert any("unsure" in note for note in unsure.notes)


def test_what_judging_combines_is_what_the_combined_counter_says() -> None:
    take = film([hold(STANDING, 1), *(squat() for _ in range(3)), squat(part=0.5)])
    judged = judge_take(take, exercise="squat").counts["agreement"]
    alone = count_reps(take.poses, EXERCISES["squat"], "agreement")
    assert (judged.reps, judged.count) == (alone.reps, alone.count)
    np.testing.assert_array_equal(judged.phase, alone.phase)


def test_only_who_knows_an_exercise_is_asked_how_sure_it_is(monkeypatch) -> None:
    swings = Classification("swing", 0.9, "model", {}, (Segment(0.0, 60.0, "swing", 0.9),))
    monkeypatch.setattr(session, "recognise", lambda poses: swings)
    workout = judge_take(film([hold(STANDING, 1), *(squat() for _ in range(4))]))
    assert (workout.counts["heuristic"].count, workout.counts["learned"].count) == (0, 0)
    assert workout.counts["spectral"].count == workout.count.count == 4
    assert 0.6 < workout.confidence <= 0.75  # its word alone is no certainty, nor a reason to doubt
    assert workout.notes == ()
