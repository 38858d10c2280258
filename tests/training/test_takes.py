"""Takes and the sequences made from them: what the learned counter is trained on."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from gym.counting.phase_net import FEATURES, LABELS
from gym.errors import LabelsError
from gym.training.counters.made_takes import make_takes
from gym.training.counters.sets import SetSampler
from gym.training.counters.takes import TAKE_HZ, Take, fill_gaps, make_take, read_takes
from tests.figure import STANDING
from tests.synthetic import Camera, film, hide, hold, squat, walk_in

NAMES = ("one", "group", "blazepose", "train")
DIAGONAL = Camera(yaw_deg=60)


@pytest.fixture(scope="module")
def made() -> list[Take]:
    return make_takes(12, seed=0)


def draw_targets(takes: list[Take], seed: int = 0, size: int = 8) -> tuple[np.ndarray, np.ndarray]:
    return SetSampler(takes, seed, ticks=160).draw_batch(size)


# ----------------------------------------------------------------------------------------- takes


def test_the_phase_of_a_recording_turns_where_the_repetitions_do() -> None:
    filmed = film([hold(STANDING, 4), *[squat()] * 3, hold(STANDING, 4)], DIAGONAL)
    take = make_take(filmed.poses, "squat", NAMES)
    assert len(take.spans) == 3
    for (first, bottom, last), true in zip(take.spans, filmed.full, strict=True):
        assert bottom / TAKE_HZ == pytest.approx(true.bottom_s, abs=0.15)
        assert take.phase[first] < 0.1 > take.phase[last]
        assert take.phase[bottom] > 0.9
        assert not take.rising[first + 3 : bottom - 3].any()
        assert take.rising[bottom + 3 : last - 3].all()
        assert (take.set_share[first:last] == 1).mean() > 0.6
    assert (take.set_share[: int(1.5 * TAKE_HZ)] == 0).all()
    assert np.isnan(take.set_share[take.spans[0][0] - int(0.5 * TAKE_HZ)])  # nobody can say


def test_a_partial_repetition_never_gets_half_round() -> None:
    script = [hold(STANDING, 1), squat(), squat(part=0.45), squat(), hold(STANDING, 1)]
    filmed = film(script, DIAGONAL)
    take = make_take(filmed.poses, "squat", NAMES)
    assert len(take.spans) == 2
    between = take.phase[take.spans[0][2] : take.spans[1][0]]
    assert 0.1 < between.max() < 0.5


def test_recordings_that_show_nothing_are_no_takes() -> None:
    walking = film(walk_in(90), DIAGONAL).poses
    assert make_take(walking, "squat", NAMES) is None
    assert make_take(walking, "none", NAMES).spans == ()
    assert make_take(hide(walking, np.ones(len(walking), bool)), "none", NAMES) is None


def test_a_flat_recording_has_no_world() -> None:
    poses = film([hold(STANDING, 0.5), squat(), hold(STANDING, 0.5)], DIAGONAL).poses
    take = make_take(poses, "squat", NAMES, trunk_px=200.0)
    assert not take.body[..., 2:].any()
    assert take.body[..., :2].any()


def test_gaps_are_bridged_and_ends_held() -> None:
    path = np.array([np.nan, 1.0, np.nan, 3.0, np.nan])[:, None]
    assert fill_gaps(path)[:, 0].tolist() == [1, 1, 2, 3, 3]
    assert not fill_gaps(np.full((3, 2), np.nan)).any()


def test_made_takes_have_their_true_phase(made: list[Take]) -> None:
    assert [take.label for take in made[:3]] == list(LABELS)
    for take in made:
        assert np.isfinite(take.body).all()
        if take.label == "none":
            assert take.spans == ()
            assert not take.set_share.any()
            continue
        assert take.spans
        for first, bottom, last in take.spans:
            assert take.phase[bottom] > 0.95
            assert max(take.phase[first], take.phase[last]) < 0.05
            assert take.rising[(bottom + last) // 2 + 1]
            assert not take.rising[(first + bottom) // 2]


def test_made_takes_depend_on_the_seed_alone() -> None:
    one, same, other = (make_takes(3, seed)[1].body for seed in (4, 4, 5))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


# ------------------------------------------------------------------------------------- sequences


def test_sequences_have_targets_on_the_circle(made: list[Take]) -> None:
    features, targets = draw_targets(made)
    assert features.shape == (8, 160, FEATURES)
    assert np.isfinite(features).all()
    assert np.isfinite(targets).all()
    assert np.allclose(np.hypot(targets[..., 0], targets[..., 1]), 1, atol=1e-3)
    assert set(np.unique(targets[..., 3])) <= {0.0, 1.0, 2.0}


def test_the_same_seed_draws_the_same(made: list[Take]) -> None:
    for one, same in zip(draw_targets(made, 3), draw_targets(made, 3), strict=True):
        assert np.array_equal(one, same)


def test_other_movement_is_labelled_none(made: list[Take]) -> None:
    sampler = SetSampler(made, 0, ticks=160)
    for _ in range(4):
        played = sampler.play("none")
        assert played.shape[0] == 160
        assert not np.nan_to_num(played[:, -1]).any()


def test_repetitions_go_round_once_each() -> None:
    """Played repetitions wind round the circle; partial ones do not."""
    sampler = SetSampler(make_takes(3, seed=1), 0, ticks=160)
    take = next(take for take in make_takes(3, seed=1) if take.label == "squat")
    sampler = SetSampler([take, *make_takes(1, seed=2)], 0, ticks=160)

    def turns(played: np.ndarray) -> float:
        cosine = 1 - 2 * played[:, 78]
        sine = np.sqrt(1 - np.clip(cosine, -1, 1) ** 2) * np.where(played[:, 79] > 0.5, -1, 1)
        steps = np.diff(np.arctan2(sine, cosine))
        return float(((steps + np.pi) % (2 * np.pi) - np.pi).sum() / (2 * np.pi))

    for span in take.spans:
        assert turns(sampler._play_rep(take, span, 1.5, 1.0)) == pytest.approx(1, abs=0.25)
        assert turns(sampler._play_partial(take, span, 1.5)) == pytest.approx(0, abs=0.25)


def test_lost_joints_stay_where_they_were(made: list[Take]) -> None:
    from gym.training.counters.sets import _hold_last

    points = np.arange(10.0).reshape(5, 2, 1)
    lost = np.array([[1, 0], [0, 0], [1, 0], [1, 1], [0, 0]], dtype=bool)
    held = _hold_last(points, lost)[..., 0]
    assert held[:, 0].tolist() == [0, 2, 2, 2, 8]
    assert held[:, 1].tolist() == [1, 3, 5, 5, 9]


# -------------------------------------------------------------------------------------- training


def test_training_learns_and_repeats_itself(made: list[Take]) -> None:
    torch = pytest.importorskip("torch")
    from gym.counting.phase_net import PhaseConfig
    from gym.training.counters.train import PhaseNet, export_weights, fit

    class OneBatch:
        """Gives the same sequences again and again: those a network can learn in no time."""

        batch = SetSampler(made, 0, ticks=80).draw_batch(6)

        def draw_batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
            return self.batch

    def train(steps: int) -> tuple[dict[str, np.ndarray], list[dict[str, float]]]:
        torch.manual_seed(0)
        network = PhaseNet(PhaseConfig(width=16, dilations=(1, 2)))
        network, curve = fit(
            network, OneBatch(), lambda one: 0.0, steps=steps, check_every=10, peak_rate=1e-2
        )
        return export_weights(network), curve

    weights, curve = train(80)
    assert curve[-1]["loss"] < 0.5 * curve[0]["loss"]
    (one, _), (same, _) = train(5), train(5)
    assert all(np.array_equal(one[name], same[name]) for name in one)
    shapes = PhaseConfig(width=16, dilations=(1, 2)).shapes()
    assert {name: array.shape for name, array in weights.items()} == shapes


def test_the_answer_is_compared_with_the_tick_it_is_about() -> None:
    torch = pytest.importorskip("torch")
    from gym.counting.phase_net import PhaseConfig
    from gym.training.counters.train import measure_loss

    config = PhaseConfig()
    target = torch.zeros(1, 30, 5)
    target[0, :, 0] = torch.linspace(-1, 1, 30)
    target[0, :, 2] = 1.0
    answer = torch.zeros(1, 30, 5)
    answer[0, config.lag_ticks :, 0] = target[0, : -config.lag_ticks, 0]
    right = measure_loss(answer, target, config)
    assert right == pytest.approx(0.0, abs=1e-6)
    assert measure_loss(target, target, config) > 0.01


def test_missing_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="labels"):
        read_takes(tmp_path)


def test_no_excluded_clip_is_read(data_folder: Path, monkeypatch) -> None:
    """Which recordings are read; making takes of all of them would take a minute."""
    from gym.training.counters import takes as module

    read = []
    monkeypatch.setattr(module, "read_poses", lambda path: read.append(path.name))
    monkeypatch.setattr(module, "make_take", lambda *args, **kwargs: None)
    monkeypatch.setattr(module, "read_penn", lambda folder: [])
    assert module.read_takes(data_folder) == []
    with (data_folder / "poses" / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(lines)}
    assert {rows[name]["split"] for name in read} == {"train", "val"}
    assert not any("burpee" in rows[name]["exercise"] for name in read)
