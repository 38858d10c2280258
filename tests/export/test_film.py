"""The annotated video: every frame and its time, with what is known drawn in."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from gym.errors import Cancelled, ClipError, GymError
from gym.export.film import _annotate, _follow_holds, write_annotated_video
from gym.media.reader import ClipReader
from gym.media.writer import ClipWriter
from gym.schema import Classification, Finding, Frame, Hold, Verdict, Workout
from tests.made_workouts import SIZE, make_poses, make_workout


def write_grey_clip(path: Path, times_s: list[float], size: tuple[int, int] = SIZE) -> Path:
    image = np.full((size[1], size[0], 3), 128, np.uint8)
    with ClipWriter(path, size) as out:
        for time_s in times_s:
            out.write(Frame(image, time_s))
    return path


def read_frames(path: Path) -> list[Frame]:
    with ClipReader(path) as clip:
        return list(clip)


def test_annotated_video_keeps_every_frame_and_its_time(tmp_path: Path) -> None:
    workout = make_workout()
    uneven = np.cumsum([0, *([0.04, 0.06] * 29), 0.05]).tolist()
    clip = write_grey_clip(tmp_path / "clip.mp4", uneven)
    write_annotated_video(workout, clip, tmp_path / "out.mp4")
    before, after = read_frames(clip), read_frames(tmp_path / "out.mp4")
    assert len(after) == len(before) == 60
    assert [f.time_s for f in after] == pytest.approx([f.time_s for f in before], abs=1e-4)
    assert after[0].image.shape == before[0].image.shape
    for old, new in zip(before, after, strict=True):
        assert np.abs(new.image.astype(int) - old.image).max() > 60  # something is drawn on each
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.mp4", "out.mp4"]


def skeleton_strength(image: np.ndarray) -> float:
    """Return how much differs from grey in the middle, where only a skeleton is drawn."""
    return float(np.abs(image[60:190, 90:230].astype(int) - 128).mean())


def test_poses_are_found_by_time(tmp_path: Path) -> None:
    poses = make_poses()  # 20 a second for 3 s; the clip has 5 a second and goes on for longer
    times_s = [i / 5 for i in range(20)]
    clip = write_grey_clip(tmp_path / "clip.mp4", times_s)
    write_annotated_video(make_workout(poses), clip, tmp_path / "out.mp4")
    strengths = {f.time_s: skeleton_strength(f.image) for f in read_frames(tmp_path / "out.mp4")}
    for time_s, strength in strengths.items():
        assert (strength > 4) == (time_s < 3.05), (time_s, strength)


def test_nothing_is_drawn_where_nobody_was_seen(tmp_path: Path) -> None:
    clip = write_grey_clip(tmp_path / "clip.mp4", [0.0, 0.15, 0.3])  # unseen in frame 3: 0.15 s
    write_annotated_video(make_workout(), clip, tmp_path / "out.mp4")
    first, unseen, last = (skeleton_strength(f.image) for f in read_frames(tmp_path / "out.mp4"))
    assert unseen < 2 < first
    assert last > 2


def test_poses_are_scaled_to_the_clip(tmp_path: Path) -> None:
    extents = []
    for size in ((160, 120), SIZE):
        clip = write_grey_clip(tmp_path / f"{size[0]}.mp4", [0.0], size)
        write_annotated_video(make_workout(), clip, tmp_path / "out.mp4")
        image = read_frames(tmp_path / "out.mp4")[0].image
        free = image[round(0.4 * size[1]) : -size[1] // 8, size[0] // 4 : -size[0] // 4]
        drawn = np.abs(free.astype(int) - 128).max(axis=2) > 60  # no status there: the skeleton
        rows, columns = np.nonzero(drawn)
        shares = [np.percentile(rows, (2, 98)) / size[1], np.percentile(columns, (2, 98)) / size[0]]
        extents.append(np.concatenate(shares))
    np.testing.assert_allclose(extents[0], extents[1], atol=0.03)


@pytest.mark.parametrize(
    ("time_s", "words", "verdict"),
    [
        (0.5, "", None),
        (0.95, "Sit deeper – please", Verdict.FAIL),
        (1.65, "Good rep", Verdict.PASS),
        (2.9, "Not counted: the way up, never finished", Verdict.UNSEEN),
        (9.0, "", None),
    ],
)
def test_the_cue_is_that_of_the_last_rep(
    monkeypatch: pytest.MonkeyPatch, time_s: float, words: str, verdict: Verdict | None
) -> None:
    told: dict[str, object] = {}
    monkeypatch.setattr(
        "gym.drawing.status.draw_status", lambda image, **status: told.update(status)
    )
    _annotate(np.zeros((240, 320, 3), np.uint8), make_workout(), time_s)
    assert (told["cue"], told["verdict"]) == (words, verdict)
    assert told["exercise"] == "Squat"
    assert told["count"] == {0.5: 0, 0.95: 1}.get(time_s, 2)  # the partial rep is not counted
    assert math.isnan(told["phase"]) == (time_s == 9.0)


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    clip = write_grey_clip(tmp_path / "clip.mp4", [i / 20 for i in range(60)])
    heard: list[tuple[str, float]] = []
    write_annotated_video(
        make_workout(), clip, tmp_path / "out.mp4", lambda *told: heard.append(told)
    )
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1
    assert {stage for stage, _ in heard} == {"Drawing the video"}


def test_a_cancelled_video_leaves_no_file(tmp_path: Path) -> None:
    clip = write_grey_clip(tmp_path / "clip.mp4", [i / 20 for i in range(60)])

    def cancel(stage: str, share: float) -> None:
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_annotated_video(make_workout(), clip, tmp_path / "out.mp4", cancel)
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_clip_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError) as caught:
        write_annotated_video(make_workout(), tmp_path / "gone.mp4", tmp_path / "out.mp4")
    assert isinstance(caught.value, GymError)
    assert list(tmp_path.iterdir()) == []


def test_a_film_of_a_hold_counts_its_seconds_and_shows_the_cue_where_it_was() -> None:
    worst = Finding(
        "plank.line", "Body line", Verdict.FAIL, 0.1, "", 0.05, "Hips down.", "", 12.0, 0.5
    )
    holds = (Hold("plank", 2.0, 8.0), Hold("plank", 10.0, 15.0, (worst,)), Hold("squat", 0.0, 1.0))
    named = Classification("plank", 0.9, "model")
    workout = Workout(**vars(make_workout()) | {"exercise": named, "holds": holds})
    found = {time_s: _follow_holds(workout, time_s) for time_s in (1.0, 5.5, 9.0, 12.0, 15.5)}
    assert [seconds for seconds, _, _ in found.values()] == [0, 3, 6, 8, 11]
    assert [cue for _, cue, _ in found.values()] == ["", "", "", "Hips down.", ""]
    assert found[12.0][2] is Verdict.FAIL
    image = np.full((240, 320, 3), 90, dtype=np.uint8)
    assert (_annotate(image.copy(), workout, 5.5) != _annotate(image.copy(), workout, 9.0)).any()
