"""From windows to a timeline, live as recorded; weights and card that must agree."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gym.errors import WeightsError
from gym.exercises import OTHER
from gym.recognition.network import Recogniser, load_recogniser
from gym.recognition.stgcn import STGCN, StgcnConfig
from gym.schema import PoseSequence
from gym.skeleton import BLAZEPOSE_JOINTS
from gym.training.made_movements import make_movements
from gym.training.recogniser.baselines import describe_windows, to_pose_sequence
from gym.training.recogniser.held_out import measure_held_out, wilson
from gym.training.recogniser.score import measure_negatives, score_labels
from gym.training.recogniser.train import estimate_probabilities, fit, save_checkpoint
from gym.training.recogniser.windows import WindowSampler, cut_windows
from tests.figure import STANDING
from tests.synthetic import Camera, film, get_down, hold, push_up, squat

LABELS = ("squat", "push_up", "other")
SMALL = StgcnConfig("app", LABELS, widths=(12, 12, 16, 24))
MODELS = Path(__file__).parents[2] / "models"


def poses_of(movement, start_s: float = 0.0) -> PoseSequence:
    poses = to_pose_sequence(movement)
    return PoseSequence(
        poses.time_s + start_s, poses.xy_px, poses.xyz_m, poses.visibility, poses.image_size
    )


def join(*parts: PoseSequence) -> PoseSequence:
    starts = np.cumsum([0.0, *(len(p) / 30 for p in parts[:-1])])
    return PoseSequence(
        np.concatenate([p.time_s - p.time_s[0] + s for p, s in zip(parts, starts, strict=True)]),
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("xy_px", "xyz_m", "visibility")),
        parts[0].image_size,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made():
    return make_movements(60, seed=4, labels=LABELS)


@pytest.fixture(scope="module")
def learned(made):
    """A tiny network that was trained on a few made movements until it knows them by heart."""
    torch.manual_seed(0)
    chosen = [m for m in made if m.action in ("squat", "push_up", "standing", "walk")][:16]
    windows = np.stack([cut_windows(m, SMALL)[0] for m in chosen])
    truth = np.array([LABELS.index(m.label) for m in chosen])

    def score(network: STGCN) -> float:
        return float((estimate_probabilities(network, windows).argmax(axis=1) == truth).mean())

    targets = np.eye(len(LABELS), dtype=np.float32)[truth]
    network, curve = fit(
        STGCN(SMALL), lambda size: (windows, targets), score, steps=60, check_every=20
    )
    return network, curve, chosen


@pytest.fixture
def shipped_folder(tmp_path, learned):
    """Weights and a card that agree, as `write_card` leaves them."""
    network = learned[0]
    save_checkpoint(network, tmp_path / "stgcn.pt")
    card = {
        "sha256": hashlib.sha256((tmp_path / "stgcn.pt").read_bytes()).hexdigest(),
        "labels": list(LABELS),
        "joints": list(SMALL.joints),
        "config": SMALL.to_dict(),
    }
    (tmp_path / "stgcn.json").write_text(json.dumps(card), encoding="utf-8")
    return tmp_path


def test_tiny_run_learns_everything_by_heart(learned):
    _, curve, chosen = learned
    assert len({m.label for m in chosen}) == 3
    assert curve[-1]["score"] == 1.0
    assert curve[-1]["loss"] < curve[0]["loss"]


def test_live_equals_recorded(learned, made):
    recogniser = Recogniser(learned[0])
    poses = join(*(poses_of(m) for m in made[:2]))
    recorded = recogniser.classify(poses)
    stream = recogniser.follow()
    for i in range(len(poses)):
        stream.update(poses[i])
    live = stream.finish()
    assert live.label == recorded.label
    assert live.frame_share == recorded.frame_share
    assert len(live.timeline) == len(recorded.timeline)
    for a, b in zip(live.timeline, recorded.timeline, strict=True):
        assert (a.start_s, a.end_s, a.label) == (b.start_s, b.end_s, b.label)
        assert a.probability == pytest.approx(b.probability, abs=1e-4)


def test_live_says_what_is_going_on_now(learned):
    network, _, chosen = learned
    squat = next(m for m in chosen if m.label == "squat")
    stream = Recogniser(network).follow()
    assert stream.current[0] == OTHER
    for i in range(len(squat.time_s)):
        stream.update(poses_of(squat)[i])
        if i == 150:
            break
    assert stream.current[0] == "squat"


def test_long_live_session_keeps_only_what_it_needs(learned):
    stream = Recogniser(learned[0]).follow()
    pose = poses_of(learned[2][0])[0]
    for i in range(400):
        stream.update(replace(pose, time_s=i / 10))
    assert len(stream.joints) < 80


def test_start_of_the_clock_does_not_matter(learned, made):
    recogniser = Recogniser(learned[0])
    early, late = recogniser.classify(poses_of(made[0])), recogniser.classify(poses_of(made[0], 90))
    assert late.label == early.label
    assert late.timeline[0].start_s == pytest.approx(90)
    assert late.frame_share == early.frame_share


def test_timeline_has_no_gaps_and_ends_with_the_clip(learned, made):
    poses = poses_of(made[3])
    answer = Recogniser(learned[0]).classify(poses)
    assert answer.chosen_by == "model"
    assert answer.timeline[0].start_s == poses.time_s[0]
    assert answer.timeline[-1].end_s == pytest.approx(poses.time_s[-1])
    for a, b in zip(answer.timeline[:-1], answer.timeline[1:], strict=True):
        assert a.end_s == b.start_s
        assert a.label != b.label
    assert sum(answer.frame_share.values()) == pytest.approx(1)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_almost_no_frames(learned, frames):
    j = len(BLAZEPOSE_JOINTS)
    poses = PoseSequence(
        np.arange(frames) / 30, np.ones((frames, j, 2)), np.ones((frames, j, 3)),
        np.ones((frames, j)), (640, 480),
    )  # fmt: skip
    answer = Recogniser(learned[0]).classify(poses)
    assert answer.label in LABELS


def test_nobody_in_view_is_other(learned):
    j = len(BLAZEPOSE_JOINTS)
    poses = PoseSequence(
        np.arange(90) / 30, np.full((90, j, 2), np.nan), np.full((90, j, 3), np.nan),
        np.zeros((90, j)), (640, 480),
    )  # fmt: skip
    answer = Recogniser(learned[0]).classify(poses)
    assert answer.label == OTHER
    assert answer.frame_share == {OTHER: 1.0}


def test_weights_and_card_that_agree_are_loaded(shipped_folder, learned, made):
    loaded = load_recogniser(shipped_folder)
    assert loaded.labels == LABELS
    windows = cut_windows(made[0], SMALL)
    assert np.allclose(
        loaded.estimate_windows(windows), Recogniser(learned[0]).estimate_windows(windows)
    )


@pytest.mark.parametrize(
    ("key", "value", "both"),
    [
        ("sha256", "0" * 64, "0" * 64),
        ("labels", ["squat", "other"], r"\['squat', 'other'\].*\['squat', 'push_up', 'other'\]"),
        ("joints", ["head"], r"\['head'\].*left_shoulder"),
        ("config", SMALL.to_dict() | {"window_frames": 32}, "32.*64"),
    ],
)
def test_a_card_that_disagrees_is_refused(shipped_folder, key, value, both):
    path = shipped_folder / "stgcn.json"
    card = json.loads(path.read_text(encoding="utf-8")) | {key: value}
    path.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(WeightsError, match=both) as caught:
        load_recogniser(shipped_folder)
    assert key in caught.value.message
    assert "stgcn.json says" in caught.value.message
    assert "stgcn.pt has" in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_damaged_weights_are_refused(shipped_folder, damage):
    path = shipped_folder / "stgcn.pt"
    raw = path.read_bytes()
    raw = {
        "cut": raw[: len(raw) // 2],
        "flipped": raw[:2000] + bytes(b ^ 255 for b in raw[2000:2100]) + raw[2100:],
        "text": b"no weights at all",
        "empty": b"",
    }[damage]
    path.write_bytes(raw)
    with pytest.raises(WeightsError, match="sha256"):
        load_recogniser(shipped_folder)
    # And where the card was made for the damaged file, the file itself is still refused.
    card = json.loads((shipped_folder / "stgcn.json").read_text(encoding="utf-8"))
    card["sha256"] = hashlib.sha256(raw).hexdigest()
    (shipped_folder / "stgcn.json").write_text(json.dumps(card), encoding="utf-8")
    if damage != "flipped":  # a flipped weight is only visible in the sum
        with pytest.raises(WeightsError, match=r"stgcn\.pt cannot be loaded"):
            load_recogniser(shipped_folder)


@pytest.mark.parametrize("name", ["stgcn.pt", "stgcn.json"])
def test_missing_files_are_named(shipped_folder, name):
    (shipped_folder / name).unlink()
    with pytest.raises(WeightsError, match=name):
        load_recogniser(shipped_folder)


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]"])
def test_unreadable_card_is_refused(shipped_folder, text):
    (shipped_folder / "stgcn.json").write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match=r"stgcn\.json cannot be read"):
        load_recogniser(shipped_folder)


def test_a_network_without_other_is_no_recogniser():
    with pytest.raises(ValueError, match="other"):
        Recogniser(STGCN(replace(SMALL, labels=("squat", "push_up"))))


def test_sampler_draws_every_label_and_only_what_it_was_given(made):
    sampler = WindowSampler(made, SMALL, seed=0)
    windows, targets = sampler.draw_batch(80)
    assert windows.shape == (80, 64, 13, 2)
    assert np.allclose(targets.sum(axis=1), 1)
    assert (targets.sum(axis=0) > 5).all()
    again = WindowSampler(made, SMALL, seed=0).draw_batch(80)[0]
    assert np.array_equal(windows, again, equal_nan=True)


def test_scores_by_hand():
    score = score_labels(["a", "a", "b", "b"], ["a", "b", "b", "b"], ["a", "b"])
    assert score["accuracy"] == 0.75
    assert score["confusion"] == [[1, 1], [0, 2]]
    assert score["per_label"]["b"]["precision"] == pytest.approx(2 / 3)
    assert score["per_label"]["b"]["f1"] == pytest.approx(0.8)
    low, high = wilson(8, 10)  # Wilson 1927
    assert (low, high) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))


def test_negatives_are_of_other_movements_only(learned):
    network, _, chosen = learned
    score = measure_negatives(Recogniser(network), chosen)
    assert score["n"] == sum(m.label == OTHER for m in chosen)
    wrong = sum(sum(called.values()) for called in score["false_alarms"].values())
    assert score["clean"] == pytest.approx(1 - wrong / score["n"])
    assert score["clean"] > 0.7


def test_a_clip_is_scored_by_the_network_that_never_saw_its_group(learned):
    network, _, chosen = learned
    nothing = STGCN(SMALL).eval()
    with torch.no_grad():
        nothing.classify.weight.zero_()
        nothing.classify.bias.copy_(torch.tensor([0.0, 0.0, 9.0]))  # always "other"
    clips = [replace(m, group="new" if i % 2 else "known") for i, m in enumerate(chosen[1:])]
    clips.append(replace(chosen[0], group="in no training"))
    score = measure_held_out(
        clips, [(network, frozenset({"new"})), (nothing, frozenset({"known"}))]
    )
    assert {row["id"] for row in score["clips"]} == {m.id for m in clips}
    group = {m.id: m.group for m in clips}
    assert {row["found"] for row in score["clips"] if group[row["id"]] == "known"} == {OTHER}
    known = [row for row in score["clips"] if row["truth"] != OTHER]
    assert score["known"]["n"] == len(known)
    assert score["known"]["right"] == sum(row["found"] == row["truth"] for row in known)
    assert score["by_exercise"]["squat"]["known"]
    assert not score["by_exercise"]["walk"]["known"]
    assert measure_held_out([], [(network, frozenset())]) is None


def test_statistics_of_the_baseline_have_one_row_each(made):
    windows = np.concatenate([cut_windows(m, SMALL)[:1] for m in made[:3]])
    assert describe_windows(windows).shape == (3, 4 * 7 * 13)


@pytest.fixture(scope="module")
def shipped():
    if not (MODELS / "stgcn.pt").is_file():
        pytest.skip("the shipped weights are not in models/")
    return load_recogniser(MODELS)


def test_shipped_card_holds_what_the_application_needs(shipped):
    metrics = shipped.card["metrics"]
    assert shipped.card["bytes"] <= 5_000_000
    assert shipped.card["parameters"] <= 3_000_000
    assert metrics["penn_test"]["n"] == 1068
    assert (MODELS / "stgcn.md").read_text(encoding="utf-8").count(shipped.sha256) == 1


@pytest.mark.parametrize("yaw_deg", [45, 70, 90, 110, 135])
def test_shipped_network_finds_both_sets_of_a_mixed_workout(shipped, yaw_deg):
    """Squats, a rest, push-ups, from a side or half from the front."""
    script = [hold(STANDING, 1), *(squat() for _ in range(4)), hold(STANDING, 2), *get_down()]
    poses = film([*script, *(push_up() for _ in range(5))], Camera(yaw_deg=yaw_deg)).poses
    timeline = [s for s in shipped.classify(poses).timeline if s.end_s - s.start_s > 2]
    names = [s.label for s in timeline if s.label != OTHER]
    assert names == ["squat", "push_up"]
