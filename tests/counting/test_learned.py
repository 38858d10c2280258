"""The learned counter and its network, on filmed stick figures whose repetitions are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym.cards import MODELS
from gym.counting.learned import LearnedCounter
from gym.counting.phase_net import (
    BODY,
    FEATURES,
    LABELS,
    LAG_TICKS,
    RATE_HZ,
    REACH_S,
    VISIBILITY,
    BodyClock,
    PhaseNetwork,
    PhaseStream,
    PhaseTick,
    load_phase_weights,
)
from gym.errors import WeightsError
from gym.exercises import EXERCISES
from gym.schema import Pose, PoseSequence, Rep, RepCount, RepKind
from tests.figure import STANDING, TOP_M, plank
from tests.synthetic import (
    Camera,
    Take,
    Tempo,
    add_noise,
    drop_joints,
    film,
    first_frames,
    get_down,
    hide,
    hold,
    mirror,
    pick_up,
    push_up,
    rescale,
    rest_in_down_dog,
    shift,
    squat,
    walk_in,
)

DIAGONAL = Camera(yaw_deg=60)
PLANK = plank(TOP_M)
USUAL = Tempo()
CLOSE_S = 0.25


def count(poses: PoseSequence, exercise: str = "squat") -> RepCount:
    return count_live(poses, exercise)[0]


def count_live(
    poses: PoseSequence, exercise: str = "squat"
) -> tuple[RepCount, list[tuple[float, Rep]]]:
    """Return the answer, and every repetition announced on the way with the time it was."""
    counter, announced = LearnedCounter(EXERCISES[exercise]), []
    for index in range(len(poses)):
        rep = counter.update(poses[index])
        if rep is not None:
            announced.append((float(poses.time_s[index]), rep))
    return counter.finish(), announced


def film_squats(reps: int = 4, camera: Camera = DIAGONAL, tempo: Tempo = USUAL, **how) -> Take:
    script = [hold(STANDING, 0.8), *[squat(tempo=tempo)] * reps, hold(STANDING, 0.6)]
    return film(script, camera, **how)


def film_push_ups(reps: int = 4, camera: Camera = DIAGONAL, tempo: Tempo = USUAL, **how) -> Take:
    return film([hold(PLANK, 0.8), *[push_up(tempo=tempo)] * reps, hold(PLANK, 0.6)], camera, **how)


FILMED = {"squat": film_squats, "push_up": film_push_ups}

# --------------------------------------------------------------------------------- what is counted


@pytest.mark.parametrize("yaw_deg", [0, 45, 90, 150, 270])
@pytest.mark.parametrize("exercise", LABELS[1:])
def test_counts_from_every_side_and_finds_the_bottoms(exercise: str, yaw_deg: float) -> None:
    take = FILMED[exercise](camera=Camera(yaw_deg=yaw_deg))
    found = count(take.poses, exercise)
    assert [rep.kind for rep in found.reps] == [RepKind.FULL] * 4
    for rep, true in zip(found.reps, take.full, strict=True):
        assert rep.bottom_s == pytest.approx(true.bottom_s, abs=CLOSE_S)
        assert rep.start_s < rep.bottom_s < rep.end_s
        assert rep.start_s == pytest.approx(true.start_s, abs=0.45)
        assert rep.end_s == pytest.approx(true.end_s, abs=0.45)


@pytest.mark.parametrize("exercise", LABELS[1:])
@pytest.mark.parametrize("way_s", [0.25, 0.5, 3.0])
def test_counts_fast_and_slow_repetitions(exercise: str, way_s: float) -> None:
    take = FILMED[exercise](3, tempo=Tempo(way_s, 0.1, way_s, 0.2))
    assert count(take.poses, exercise).count == 3


def test_walking_in_and_picking_up_are_not_counted() -> None:
    script = [*walk_in(90), hold(STANDING, 1), *pick_up(), *[squat()] * 3, *pick_up()]
    assert count(film(script, DIAGONAL).poses).count == 3
    assert count(film([*walk_in(90, 5.0), *pick_up(), *pick_up()], DIAGONAL).poses).reps == ()


def test_getting_down_and_resting_are_not_counted() -> None:
    script = [hold(STANDING, 1), *get_down(), *[push_up()] * 2, *rest_in_down_dog(), push_up()]
    assert count(film([*script, hold(PLANK, 1)], DIAGONAL).poses, "push_up").count == 3


def test_the_other_exercise_is_not_counted() -> None:
    assert count(film_push_ups().poses, "squat").count == 0
    assert count(film_squats().poses, "push_up").count == 0


@pytest.mark.parametrize(("move", "rest"), [(squat, STANDING), (push_up, PLANK)])
def test_partial_repetitions_are_listed_but_not_counted(move, rest) -> None:
    script = [hold(rest, 1), move(), move(), move(part=0.35), move(), move(), hold(rest, 1)]
    take = film(script, DIAGONAL)
    found = count(take.poses, "squat" if move is squat else "push_up")
    assert found.count == 4
    (partial,) = (rep for rep in found.reps if rep.kind is RepKind.PARTIAL)
    true = next(rep for rep in take.reps if rep.kind is RepKind.PARTIAL)
    assert partial.reason == "it does not reach the bottom"
    assert partial.bottom_s == pytest.approx(true.bottom_s, abs=0.4)


def decode(phase: np.ndarray, turn: np.ndarray, moved: np.ndarray) -> RepCount:
    """Count what a network would have said: phase, angle on the circle, and how far all joints are."""
    counter = LearnedCounter(EXERCISES["squat"])
    for k, (deep, angle, away) in enumerate(zip(phase, turn, moved, strict=True)):
        body = np.full(BODY.stop, away)
        shares = (0.0, 1.0, 0.0)  # a squat
        counter._follow(PhaseTick(k / RATE_HZ, float(deep), float(angle), shares, body, True))
    return counter.finish()


def test_what_moves_far_less_than_the_others_is_partial_however_deep_it_looks() -> None:
    angle = np.tile(np.linspace(0, 2 * np.pi, 40), 4)
    phase = (1 - np.cos(angle)) / 2
    usual = decode(phase, angle, phase)
    assert [rep.reason for rep in usual.reps] == [""] * 4
    small = decode(phase, angle, phase * np.repeat([1.0, 1.0, 0.4, 1.0], 40))
    assert [rep.reason for rep in small.reps] == ["", "", "much smaller than the others", ""]


def test_a_phase_that_wavers_without_going_round_is_nothing() -> None:
    angle = np.tile(np.linspace(0, 2 * np.pi, 40), 3)
    phase = (1 - np.cos(angle)) / 2
    there_and_back = angle.copy()
    there_and_back[60:80] = there_and_back[60:40:-1]
    assert decode(phase, angle, phase).count == 3
    wavering = decode(phase, there_and_back, phase)
    assert len(wavering.reps) == wavering.count == 2


def test_a_repetition_cut_by_the_end_is_partial_and_one_nearly_up_counts() -> None:
    script = [hold(STANDING, 0.8), *[squat()] * 3]
    third_s = 0.8 + 2 * squat().duration_s
    at_the_bottom = count(film(script, DIAGONAL, until_s=third_s + 1.1).poses)
    assert at_the_bottom.count == 2
    assert at_the_bottom.reps[-1].reason == "not finished before the clip ended"
    assert count(film(script, DIAGONAL, until_s=third_s + 1.75).poses).count == 3


def test_a_repetition_under_way_at_the_beginning_is_partial() -> None:
    take = film([*[squat()] * 3, hold(STANDING, 0.6)], DIAGONAL, from_s=0.95)
    found = count(take.poses)
    assert found.count == 2
    assert [rep.reason for rep in found.reps[:1]] == ["already under way when the clip began"]


def test_nobody_in_view_drops_the_repetition_under_way() -> None:
    take = film_squats(4)
    low_s = take.full[1].bottom_s
    away = (take.poses.time_s > low_s) & (take.poses.time_s < low_s + 2.3)
    assert count(hide(take.poses, away)).count == 2


def test_phase_is_high_at_bottoms_low_at_tops_and_unknown_outside_the_set() -> None:
    take = film([hold(STANDING, 6), *[squat()] * 3, hold(STANDING, 6)], DIAGONAL)
    found = count(take.poses)
    assert found.phase.shape == found.time_s.shape == take.poses.time_s.shape
    at = [np.abs(found.time_s - rep.bottom_s).argmin() for rep in take.full]
    assert (found.phase[at] > 0.85).all()
    tops = [np.abs(found.time_s - rep.end_s - 0.2).argmin() for rep in take.full[:-1]]
    assert (found.phase[tops] < 0.2).all()
    assert np.isnan(found.phase[[0, 30]]).all()
    assert np.isfinite(found.phase[at[0] : at[-1]]).all()


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_hardly_any_frames_hold_no_repetition(frames: int) -> None:
    found = count(first_frames(film_squats().poses, frames))
    assert found.reps == ()
    assert len(found.phase) == frames


def test_nobody_ever_seen() -> None:
    counter = LearnedCounter(EXERCISES["squat"])
    assert not any(counter.update(Pose.unseen(k / 30)) for k in range(60))
    found = counter.finish()
    assert found.reps == ()
    assert len(counter.in_set) == 60


def test_in_set_tells_the_set_from_what_is_around_it() -> None:
    take = film([*walk_in(90, 5.0), *[squat()] * 3], DIAGONAL)
    counter = LearnedCounter(EXERCISES["squat"])
    for index in range(len(take.poses)):
        counter.update(take.poses[index])
    counter.finish()
    inside = (take.poses.time_s > take.full[0].bottom_s) & (
        take.poses.time_s < take.full[-1].bottom_s
    )
    assert counter.in_set[inside].min() > 0.5
    assert counter.in_set[take.poses.time_s < 4.0].mean() < 0.3


def test_the_evidence_tells_why_a_repetition_counts_or_not() -> None:
    script = [hold(STANDING, 1), *[squat()] * 2, squat(part=0.35), squat(), hold(STANDING, 1)]
    found = count(film(script, DIAGONAL).poses)
    assert len(found.evidence) == len(found.reps) == 4
    for rep, evidence in zip(found.reps, found.evidence, strict=True):
        failed = [gate.reason for gate in evidence.gates if not gate.passed]
        assert failed[:1] == ([] if rep.kind is RepKind.FULL else [rep.reason])
        assert evidence.time_s[0] <= rep.start_s < rep.end_s <= evidence.time_s[-1]
        reached = evidence.value.max() > dict(evidence.thresholds)["the bottom is reached"]
        assert reached or rep.kind is RepKind.PARTIAL


# ------------------------------------------------------------------------------ what may not matter


@pytest.mark.parametrize("exercise", LABELS[1:])
@pytest.mark.parametrize("fps", [10, 15, 24, 60])
def test_the_frame_rate_does_not_matter(exercise: str, fps: float) -> None:
    assert count(FILMED[exercise](3, fps=fps).poses, exercise).count == 3


def test_uneven_frames_do_not_matter() -> None:
    time_s = np.cumsum(np.random.default_rng(0).uniform(0.015, 0.09, 250))
    take = film_squats(4, time_s=time_s[time_s < 10])
    assert count(take.poses).count == 4


@pytest.mark.parametrize("exercise", LABELS[1:])
@pytest.mark.parametrize(
    "change",
    [
        mirror,
        lambda poses: rescale(poses, 0.5),
        lambda poses: shift(poses, (200, -80)),
        lambda poses: add_noise(poses, 0.02, seed=1),
        lambda poses: drop_joints(poses, 0.1, seed=2),
        lambda poses: replace(poses, time_s=poses.time_s + 1000.0),
    ],
    ids=["mirror", "half size", "place", "jitter", "lost joints", "late clock"],
)
def test_counts_do_not_change(exercise: str, change) -> None:
    assert count(change(FILMED[exercise](3).poses), exercise).count == 3


def test_live_equals_recorded() -> None:
    script = [*walk_in(90), *[squat()] * 2, squat(part=0.35), squat(), hold(STANDING, 1)]
    poses = drop_joints(film(script, DIAGONAL).poses, 0.1, seed=3)
    found, announced = count_live(poses)
    early = LearnedCounter(EXERCISES["squat"])
    for index in range(len(poses) // 2):
        early.update(poses[index])
    half = early.finish()
    full = [rep for rep in found.reps if rep.kind is RepKind.FULL]
    assert len(announced) == len(full) == 3
    for (_, live), rep in zip(announced, full, strict=True):
        assert live.start_s <= rep.bottom_s <= live.end_s
    assert half.count == 1  # nothing after the cut was known, and what came before is the same
    assert half.reps[0].bottom_s == pytest.approx(full[0].bottom_s)


def test_counters_that_share_a_stream_count_as_each_alone() -> None:
    script = [*walk_in(90), *[squat()] * 2, *get_down(), *[push_up()] * 2]
    poses = drop_joints(film(script, DIAGONAL).poses, 0.1, seed=4)
    stream, steps = PhaseStream(), []
    step = stream._network.step
    stream._network.step = lambda features: (steps.append(1), step(features))[1]
    shared = {name: LearnedCounter(EXERCISES[name], stream) for name in stream.labels[1:]}
    announced = {name: [] for name in shared}
    for index in range(len(poses)):
        pose = poses[index]
        for name, counter in shared.items():
            if (rep := counter.update(pose)) is not None:
                announced[name].append((float(pose.time_s), rep))
    for name, counter in shared.items():
        found, (alone, told) = counter.finish(), count_live(poses, name)
        assert (found.reps, announced[name]) == (alone.reps, told)
        assert repr(found.evidence) == repr(alone.evidence)
        np.testing.assert_array_equal(found.phase, alone.phase)
        np.testing.assert_array_equal(found.in_set, alone.in_set)
    assert found.count == 2
    assert len(steps) == len(stream.ticks) + LAG_TICKS  # once a tick, not once a counter


@pytest.mark.parametrize("exercise", LABELS[1:])
@pytest.mark.parametrize("fps", [10, 30])
def test_a_repetition_is_announced_within_0_4_s_of_its_end(exercise: str, fps: float) -> None:
    for tempo in (USUAL, Tempo(0.3, 0.0, 0.3, 0.3)):
        take = FILMED[exercise](4, tempo=tempo, fps=fps)
        _, announced = count_live(take.poses, exercise)
        for (at_s, _), true in zip(announced, take.full, strict=True):
            assert at_s <= true.end_s + 0.4


# ------------------------------------------------------------------------------------- its parts


def test_the_clock_ticks_evenly_whatever_the_frames() -> None:
    for fps in (10, 30, 60):
        poses, clock = film_squats(1, fps=fps).poses, BodyClock()
        ticks = [tick for k in range(len(poses)) for tick in clock.push(poses[k])] + clock.flush()
        times_s = np.array([time_s for time_s, _ in ticks])
        assert times_s == pytest.approx(np.arange(len(times_s)) / RATE_HZ)
        assert times_s[-1] == pytest.approx(poses.time_s[-1], abs=1 / RATE_HZ)
        assert all(features.shape == (FEATURES,) for _, features in ticks)


def test_the_clock_hides_what_is_not_seen_and_keeps_its_place() -> None:
    poses, clock = film_squats(1).poses, BodyClock()
    lost = np.zeros((len(poses), 33), dtype=bool)
    lost[20:40, 25] = True  # the left knee, for two thirds of a second
    poses = hide(poses, lost)
    ticks = [tick for k in range(len(poses)) for tick in clock.push(poses[k])]
    seen = np.array([features[VISIBILITY][9] for _, features in ticks])
    knee = np.array([features[BODY][18:20] for _, features in ticks])
    middle = int(1.0 * RATE_HZ)
    assert seen[5] > 0.3
    assert seen[middle] == 0
    assert np.array_equal(knee[middle], knee[middle - 1])
    assert knee[middle].any()
    assert all(np.isfinite(features).all() for _, features in ticks)


def test_the_clock_jumps_over_a_long_gap() -> None:
    poses, clock = film_squats(1).poses, BodyClock()
    late = poses.time_s + np.where(np.arange(len(poses)) < 50, 0.0, 1e7)
    gap = replace(poses, time_s=late)
    ticks = [tick for k in range(len(gap)) for tick in clock.push(gap[k])]
    assert len(ticks) < 2 * len(gap)


def test_a_size_change_of_the_picture_leaves_the_features_alone() -> None:
    take = film_squats(1)
    described = []
    for poses in (take.poses, rescale(take.poses, 0.4)):
        clock = BodyClock()
        described.append([f for k in range(len(poses)) for _, f in clock.push(poses[k])])
    assert np.allclose(*described, atol=1e-3)


def test_look_ahead_stays_within_0_4_s() -> None:
    assert REACH_S + (LAG_TICKS + 1) / RATE_HZ <= 0.4


def test_the_streaming_network_is_the_trained_one() -> None:
    torch = pytest.importorskip("torch")
    from gym.counting.phase_net import PhaseConfig
    from gym.training.counters.train import PhaseNet, export_weights

    torch.manual_seed(0)
    network = PhaseNet(PhaseConfig())
    features = np.random.default_rng(0).normal(size=(150, FEATURES)).astype(np.float32)
    with torch.inference_mode():
        whole = network(torch.from_numpy(features)[None])[0].numpy()
    stream = PhaseNetwork(export_weights(network), network.config)
    assert np.allclose([stream.step(tick) for tick in features], whole, atol=1e-4)


def copy_model(folder: Path) -> Path:
    for suffix in (".npz", ".json"):
        (folder / f"phase{suffix}").write_bytes((MODELS / f"phase{suffix}").read_bytes())
    return folder / "phase.npz"


def test_the_shipped_weights_are_small_and_have_a_card() -> None:
    assert (MODELS / "phase.npz").stat().st_size <= 2 * 2**20
    card = load_phase_weights().card
    assert card["metrics"]["validation"]["pseudo"]["n"] > 0
    assert (MODELS / "phase.md").read_text(encoding="utf-8").count(card["sha256"]) == 1


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("sha256", "0" * 64, "sha256"),
        ("joints", ["nose"], "joints"),
        ("config", {"width": 64, "dilations": [1, 2]}, "settings"),
        ("config", None, "phase.npz"),
    ],
)
def test_a_card_of_other_weights_is_refused(key: str, value, told: str, tmp_path: Path) -> None:
    path = copy_model(tmp_path)
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(card | {key: value}))
    with pytest.raises(WeightsError, match=told) as refused:
        load_phase_weights(path)
    assert refused.value.advice


def test_missing_and_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = copy_model(tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="sha256"):
        load_phase_weights(path)
    path.with_suffix(".json").write_text("{")
    with pytest.raises(WeightsError, match=r"phase\.json"):
        load_phase_weights(path)
    path.with_suffix(".json").unlink()
    with pytest.raises(WeightsError, match=r"phase\.json is missing"):
        load_phase_weights(path)
