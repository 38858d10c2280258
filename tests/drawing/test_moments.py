"""The picture of the moment that decides: the right frame, the athlete in it, and words below."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from gym.drawing.moments import GROUND_COLOUR, WIDTH_PX, draw_moment, to_jpeg
from gym.drawing.status import VERDICT_COLOURS
from gym.drawing.text import BAND_COLOUR
from gym.errors import ClipError
from gym.exercises import EXERCISES
from gym.form.verdicts import find, find_nothing
from gym.media.stills import read_stills
from gym.posefiles.analysis import read_analysis
from gym.schema import PoseSequence, Unseen, Verdict
from gym.ui.cached import SAMPLE_FOLDER

CLIP = SAMPLE_FOLDER / "clip.mp4"
DEPTH, LEAN = EXERCISES["squat"].rules[:2]
SPAN_S, TIME_S = (9.5, 11.1), 10.4  # the sample's shallow rep


@pytest.fixture(scope="module")
def poses() -> PoseSequence:
    return read_analysis(SAMPLE_FOLDER)[1]


def band_of(image: np.ndarray) -> np.ndarray:
    """Return the dark band below the picture: it begins after the last row without its ground."""
    is_band = (image[:, -3:] == BAND_COLOUR).all(axis=(1, 2))
    return image[len(is_band) - int(np.argmin(is_band[::-1])) :]


def has_colour(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(image.astype(int) - colour).max(axis=2) < 12).sum() > 20)


def test_it_is_the_frame_of_the_moment_with_the_athlete_cut_out(poses: PoseSequence) -> None:
    finding = find(DEPTH, -0.4, DEPTH.limits, TIME_S)
    frame = draw_moment(CLIP, poses, SPAN_S, DEPTH, finding)
    assert abs(frame.time_s - TIME_S) < 0.05
    assert frame.image.shape[1] == WIDTH_PX
    picture = frame.image[: -len(band_of(frame.image))]
    # The athlete of the clip wears red; their share of the picture is far larger than in the clip.
    (still,) = read_stills(CLIP, [TIME_S])
    reds = [
        ((one[..., 0].astype(int) - one[..., 1] > 90) & (one[..., 2] < 90)).mean()
        for one in (picture, still.image)
    ]
    assert reds[0] > 2.5 * reds[1] > 0


JUDGED = (Verdict.PASS, Verdict.BORDERLINE, Verdict.FAIL)


@pytest.mark.parametrize("verdict", JUDGED)
def test_the_verdicts_colour_is_on_the_marks_and_in_the_band(
    poses: PoseSequence, verdict: Verdict
) -> None:
    value = {Verdict.PASS: 0.1, Verdict.BORDERLINE: -0.1, Verdict.FAIL: -0.4}[verdict]
    finding = find(DEPTH, value, DEPTH.limits, TIME_S)
    assert finding.verdict is verdict
    image = draw_moment(None, poses, SPAN_S, DEPTH, finding).image
    band = band_of(image)
    for part in (band, image[: -len(band)]):
        assert [one for one in JUDGED if has_colour(part, VERDICT_COLOURS[one])] == [verdict]
    assert len(band) >= 100, "three lines at least: the verdict, the value, the limit"


def test_without_a_clip_it_stands_on_a_plain_ground(poses: PoseSequence) -> None:
    finding = find(LEAN, 30.0, LEAN.limits, TIME_S)
    image = draw_moment(None, poses, SPAN_S, LEAN, finding).image
    picture = image[: -len(band_of(image))]
    plain = (picture == GROUND_COLOUR).all(axis=2)
    assert 0.6 < plain.mean() < 0.99


def test_a_clip_that_is_gone_is_told(poses: PoseSequence, tmp_path: Path) -> None:
    finding = find(DEPTH, -0.4, DEPTH.limits, TIME_S)
    with pytest.raises(ClipError):
        draw_moment(tmp_path / "gone.mp4", poses, SPAN_S, DEPTH, finding)


def test_what_was_not_judged_has_no_moment(poses: PoseSequence) -> None:
    with pytest.raises(ValueError, match="moment"):
        draw_moment(None, poses, SPAN_S, DEPTH, find_nothing(DEPTH, 0.0, Unseen.UNSURE))


def test_an_athlete_outside_the_picture_or_unseen_leaves_the_whole_frame(
    poses: PoseSequence,
) -> None:
    finding = find(DEPTH, -0.4, DEPTH.limits, TIME_S)
    away = replace(poses, xy_px=poses.xy_px + np.float32(5000))
    unseen = replace(
        poses, xy_px=np.full_like(poses.xy_px, np.nan), visibility=0 * poses.visibility
    )
    for one in (away, unseen):
        image = draw_moment(CLIP, one, SPAN_S, DEPTH, finding).image
        picture = image[: -len(band_of(image))]
        assert picture.shape[:2] == (405, WIDTH_PX)  # 640 x 360


def test_it_is_a_jpeg_of_a_fair_size(poses: PoseSequence) -> None:
    finding = find(DEPTH, -0.4, DEPTH.limits, TIME_S)
    frame = draw_moment(CLIP, poses, SPAN_S, DEPTH, finding)
    packed = to_jpeg(frame)
    assert len(packed) < 300_000
    image = cv2.cvtColor(cv2.imdecode(np.frombuffer(packed, np.uint8), 1), cv2.COLOR_BGR2RGB)
    assert np.abs(image.astype(int) - frame.image).mean() < 3
