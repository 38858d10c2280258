"""The status on frames: legible at every size."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gym.drawing.skeleton import NEAR_COLOUR, draw_skeleton
from gym.drawing.status import VERDICT_COLOURS, draw_status
from gym.drawing.text import fit_text, text_size
from gym.schema import Pose, Verdict
from tests.drawing.test_skeleton import bounds, changed, grey, make_pose

SIZES = [(640, 360), (1280, 720), (1920, 1080), (720, 1280), (360, 640), (202, 360)]
LONG_CUE = "Keep the chest up – lean forward less than 45° and push the knees out over the toes."


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((36, 64, 3), np.float32),
        np.zeros((36, 64), np.uint8),
        np.zeros((36, 64, 4), np.uint8),
        np.zeros((36, 128, 3), np.uint8)[:, ::2],
        np.broadcast_to(np.zeros(3, np.uint8), (36, 64, 3)),
    ],
)
def test_images_that_cannot_be_drawn_into_are_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a writable, contiguous uint8"):
        draw_skeleton(image, Pose.unseen(0.0))
    with pytest.raises(ValueError, match="expected a writable, contiguous uint8"):
        draw_status(image, count=1, exercise="Squat")


@pytest.mark.parametrize("size", SIZES)
def test_the_count_stands_at_the_top_left_and_the_cue_along_the_bottom(
    size: tuple[int, int],
) -> None:
    width, height = size
    count = changed(draw_status(grey(*size), count=12, exercise="Push-up"))
    cue = changed(draw_status(grey(*size), count=12, exercise="Push-up", cue=LONG_CUE)) & ~count
    assert bounds(count)[:2] == (0, 0)
    assert bounds(count)[2] < 0.8 * width
    assert bounds(count)[3] < 0.16 * height
    left, top, right, bottom = bounds(cue)
    assert (left, right, bottom) == (0, width - 1, height - 1)
    assert top > bounds(count)[3] + 0.3 * height  # the athlete stays in view
    assert cue[top:].all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("level", [0, 255])
def test_texts_are_legible_on_any_background(size: tuple[int, int], level: int) -> None:
    image = draw_status(grey(*size, level), count=8, exercise="Squat", cue="Sit deeper")
    for part in (image[: size[1] // 7, : size[0] // 3], image[-size[1] // 25 :]):
        light = part.max(axis=2)
        band = np.percentile(light, 20)
        assert band < 100  # dark enough for white
        assert (light > 240).mean() > 0.01  # and white there is
    letters = draw_status(grey(*size, 0), count=8, exercise="Squat", cue="HIH")
    tall = np.nonzero((letters[size[1] // 2 :] > 200).all(axis=2).any(axis=1))[0]
    assert np.ptp(tall) >= max(9, size[1] / 60 if size[0] > size[1] else size[0] / 40)


@pytest.mark.parametrize("sign", ["°", "–", "é", "≥", "…"])
def test_signs_beyond_ascii_are_not_question_marks(sign: str) -> None:
    sign_image, mark_image = (
        draw_status(grey(640, 360), count=0, exercise="Squat", cue=text) for text in (sign, "?")
    )
    assert (sign_image != mark_image).any()
    blank = draw_status(grey(640, 360), count=0, exercise="Squat", cue="\N{ZERO WIDTH SPACE}")
    assert (sign_image != blank).any()


def test_seconds_are_no_reps() -> None:
    reps, seconds = (
        draw_status(grey(640, 360), count=12, exercise="Plank", unit=unit) for unit in ("", "s")
    )
    assert (changed(reps).any(axis=0) == changed(seconds).any(axis=0)).all(), "as wide as ever"
    assert (reps != seconds).any()


def test_the_phase_bar_fills_from_the_top() -> None:
    def filled(phase: float) -> np.ndarray:
        image = draw_status(grey(640, 360), count=0, exercise="Squat", phase=phase)
        return np.nonzero((image == NEAR_COLOUR).all(axis=2).any(axis=1))[0]

    assert len(filled(0.0)) == 0
    assert len(filled(1.0)) == pytest.approx(2 * len(filled(0.5)), abs=2)
    assert filled(0.5).min() == filled(1.0).min()
    np.testing.assert_array_equal(filled(1.7), filled(1.0))
    assert len(filled(-0.2)) == 0
    left, _, right, _ = bounds(
        changed(draw_status(grey(640, 360), count=0, exercise="Squat", phase=1.0))[100:]
    )
    assert left > 600
    assert right < 640


def test_what_goes_up_first_fills_the_bar_from_its_foot() -> None:
    def filled(phase: float, upwards: bool) -> np.ndarray:
        image = draw_status(
            grey(640, 360), count=0, exercise="Pull-up", phase=phase, upwards=upwards
        )
        return np.nonzero((image == NEAR_COLOUR).all(axis=2).any(axis=1))[0]

    np.testing.assert_array_equal(filled(1.0, True), filled(1.0, False))
    assert filled(0.4, True).max() == filled(1.0, True).max()
    assert filled(0.4, True).min() > filled(0.4, False).max()


def test_what_is_not_counted_has_no_figure() -> None:
    held = changed(draw_status(grey(640, 360), count=None, exercise="Plank"))
    counted = changed(draw_status(grey(640, 360), count=88, exercise="Plank"))
    assert 0 < held.sum() < counted.sum()


def test_an_unknown_phase_has_no_bar() -> None:
    image = draw_status(grey(640, 360), count=0, exercise="Squat", phase=math.nan)
    assert not changed(image)[100:].any()


def test_the_verdict_colours_the_stripe() -> None:
    for verdict, colour in VERDICT_COLOURS.items():
        image = draw_status(grey(640, 360), count=0, exercise="Squat", cue="Go", verdict=verdict)
        assert tuple(image[-3, 1]) == colour
    assert len(set(VERDICT_COLOURS.values())) == len(Verdict)


def test_without_a_cue_there_is_no_band() -> None:
    image = draw_status(grey(640, 360), count=0, exercise="Squat", cue=" ")
    assert not changed(image)[100:].any()


@pytest.mark.parametrize("size", [(2, 2), (16, 64), (95, 400), (400, 95)])
def test_tiny_images_have_no_status_but_a_skeleton(size: tuple[int, int]) -> None:
    image = draw_status(grey(*size), count=3, exercise="Squat", phase=0.5, cue=LONG_CUE)
    assert not changed(image).any()
    draw_skeleton(image, make_pose(left_hip=(0, 0), left_knee=(size[0] - 1, size[1] - 1)))
    assert changed(image).any()


@pytest.mark.parametrize("size", [(96, 96), (96, 400), (400, 96), (2000, 96)])
def test_the_smallest_images_with_a_status(size: tuple[int, int]) -> None:
    image = draw_status(
        grey(*size), count=12345, exercise="Push-up", phase=0.5, cue=LONG_CUE, verdict=Verdict.FAIL
    )
    assert changed(image).any()


def test_a_mirrored_picture_can_be_drawn_on_when_made_contiguous() -> None:
    image = grey(640, 360)
    draw_skeleton(image, make_pose(left_knee=(100, 100), left_ankle=(100, 300)))
    flipped = np.ascontiguousarray(image[:, ::-1])
    draw_status(flipped, count=1, exercise="Squat")
    assert changed(flipped)[200, 530:550].any()
    assert changed(flipped)[5, 5]


# --- large, for a live picture ------------------------------------------------------------------

LIVE_SIZES = [(640, 480), (480, 640), (1280, 720)]
LIVE_CUES = [
    "Hips up: brace the trunk, one straight line from shoulders to ankles.",
    "Sit deeper: bring the hips level with the knees.",
]


@pytest.mark.parametrize("size", LIVE_SIZES)
@pytest.mark.parametrize("cue", LIVE_CUES)
def test_a_live_status_is_large_and_leaves_the_athlete_in_view(
    size: tuple[int, int], cue: str
) -> None:
    width, height = size
    count = changed(draw_status(grey(*size), count=12, exercise="Push-up", phase=0.5, scale=1.8))
    both = draw_status(grey(*size), count=12, exercise="Push-up", phase=0.5, cue=cue, scale=1.8)
    band = changed(both)[:, width // 2 : round(0.9 * width)].all(axis=1)
    assert not band[: height // 2].any()
    assert 0.1 * height < band.sum() < 0.4 * height
    number = np.nonzero((both[: height // 4, : width // 3] > 240).all(axis=2))[0]
    assert np.ptp(number) > min(size) / 8  # digits fill two thirds of their letter size
    bar = np.nonzero((both == NEAR_COLOUR).all(axis=2).any(axis=1))[0]
    assert bar.min() > bounds(count[:, : width // 2])[3]  # below the count
    least_px = text_size(*size)
    text_px, lines = fit_text(cue, round(1.8 * least_px), least_px, round(0.9 * width))
    assert " ".join(lines) == cue
    assert text_px > 1.3 * least_px


def test_without_a_scale_the_status_is_as_large_as_ever() -> None:
    one, plain = (
        draw_status(grey(640, 360), count=3, exercise="Squat", phase=0.4, cue=LONG_CUE, **kind)
        for kind in ({"scale": 1.0}, {})
    )
    np.testing.assert_array_equal(one, plain)
    large = draw_status(grey(640, 360), count=3, exercise="Squat", cue="Up", scale=1.8)
    small = draw_status(grey(640, 360), count=3, exercise="Squat", cue="Up")
    assert changed(large).sum() > 1.7 * changed(small).sum()
