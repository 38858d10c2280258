"""An open analysis: a change of the settings repeats only the steps that depend on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gym.counting import COUNTERS
from gym.export.record import to_json
from gym.live.coach import LiveCoach
from gym.live.view import LiveResult
from gym.schema import PoseSequence, Verdict
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from gym.ui import opened
from gym.ui.opened import OpenedAnalysis
from tests.figure import STANDING
from tests.synthetic import film, hold, squat

SINGLES = ["heuristic", "learned", "spectral"]
STRICT = JudgeSettings(limits=(("squat.depth", 0.5),))


@pytest.fixture
def squats() -> OpenedAnalysis:
    poses = film([hold(STANDING, 1), *[squat()] * 2, hold(STANDING, 1)]).poses
    return OpenedAnalysis(describe_pose_file(Path("squat.npz"), poses), poses, None, None)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the counters and networks that ran, one for each time."""
    ran: list[str] = []
    for kind in COUNTERS.values():

        def finish(counter, finish=kind.finish):
            ran.append(counter.name)
            return finish(counter)

        monkeypatch.setattr(kind, "finish", finish)

    def recognise(poses: PoseSequence, recognise=opened.recognise):
        ran.append("recogniser")
        return recognise(poses)

    monkeypatch.setattr(opened, "recognise", recognise)
    return ran


def list_depths(opened: OpenedAnalysis, settings: JudgeSettings) -> set[Verdict]:
    return {
        finding.verdict
        for found in opened.judge(settings).form.findings
        for finding in found
        if finding.code == "squat.depth"
    }


def test_a_changed_limit_or_counter_runs_no_counter(squats: OpenedAnalysis, ran: list[str]) -> None:
    assert list_depths(squats, JudgeSettings()) == {Verdict.PASS}
    assert sorted(ran) == sorted([*SINGLES, "recogniser"])
    ran.clear()
    assert list_depths(squats, STRICT) == {Verdict.FAIL}
    assert squats.judge(JudgeSettings(counter="heuristic")).counter == "heuristic"
    assert not ran


def test_another_exercise_is_counted_once_and_recognised_never(
    squats: OpenedAnalysis, ran: list[str]
) -> None:
    squats.judge(JudgeSettings())
    ran.clear()
    assert squats.judge(JudgeSettings("push_up")).exercise.label == "push_up"
    assert sorted(ran) == SINGLES
    squats.judge(JudgeSettings("push_up", "heuristic"))
    assert squats.judge(JudgeSettings()).exercise.label == "squat"
    assert len(ran) == len(SINGLES)


def test_a_live_set_is_not_counted_again(ran: list[str]) -> None:
    poses = film([hold(STANDING, 1), *[squat()] * 2, hold(STANDING, 1)], fps=20.0).poses
    coach = LiveCoach()
    for index in range(len(poses)):
        coach.update(poses[index])
    clip = describe_pose_file(Path("live"), poses)
    workout = coach.finish(clip, poses.image_size)
    ran.clear()
    result = LiveResult(None, poses, workout, coach.recognised, coach.counted)
    live_set = opened.open_live_set(result, JudgeSettings())
    assert live_set.judge(JudgeSettings()) is workout
    assert list_depths(live_set, STRICT) == {Verdict.FAIL}
    assert live_set.judge(JudgeSettings(counter="learned")).count.count == 2
    assert not ran
    assert live_set.judge(JudgeSettings("push_up")).count.count == 0
    assert sorted(ran) == SINGLES  # and what is recognised is known


@pytest.mark.parametrize("settings", [STRICT, JudgeSettings("push_up"), JudgeSettings("squat")])
def test_what_is_remembered_changes_no_answer(
    squats: OpenedAnalysis, settings: JudgeSettings
) -> None:
    squats.judge(JudgeSettings())
    afresh = analyse_poses(squats.clip, squats.poses, settings)
    assert to_json(squats.judge(settings)) == to_json(afresh)
