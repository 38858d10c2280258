"""What guides into place: a person to step into, words that can be read from afar, a countdown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gym.drawing import framing
from gym.drawing.framing import draw_advice, draw_countdown, draw_silhouette
from gym.drawing.text import fit_text, text_size
from gym.exercises import EXERCISES
from gym.exercises.push_up import PUSH_UP
from gym.exercises.squat import SQUAT
from gym.live.framing import FramingChecker
from tests.drawing.test_skeleton import GREY, bounds, changed, grey

SIZES = [(640, 480), (480, 640), (1280, 720), (320, 240)]
LONG_ADVICE = "Move right in the picture: your hands are cut off."


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["squat", "", "push_up"])
def test_the_silhouette_stands_where_the_body_should_be(size: tuple[int, int], name: str) -> None:
    width, height = size
    image = grey(*size)
    assert draw_silhouette(image, EXERCISES.get(name), False) is image
    left, top, right, bottom = bounds(changed(image))
    line = max(6, 0.02 * height)
    assert (left + right) / 2 == pytest.approx(width / 2, abs=0.05 * width)
    if name == "push_up":
        assert right - left == pytest.approx(0.8 * width, abs=0.06 * width)
        assert bottom < 0.9 * height
        assert right - left > 1.8 * (bottom - top)
    else:
        assert top == pytest.approx(0.10 * height, abs=line)
        assert bottom == pytest.approx(0.92 * height, abs=line)
        assert bottom - top > 4 * (right - left)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", sorted({one.silhouette for one in EXERCISES.values()}))
def test_every_silhouette_is_whole_in_the_picture(size: tuple[int, int], name: str) -> None:
    exercise = next(one for one in EXERCISES.values() if one.silhouette == name)
    for facing in ("left", "right"):
        image = grey(*size)
        draw_silhouette(image, exercise, False, facing)
        left, top, right, bottom = bounds(changed(image))
        assert 0.02 * size[0] < left < right < 0.98 * size[0]
        assert 0.02 * size[1] < top < bottom < 0.98 * size[1]
        assert max((right - left) / size[0], (bottom - top) / size[1]) > 0.7  # to be stepped into


def test_the_silhouette_lets_the_athlete_be_seen() -> None:
    image = grey(640, 480)
    draw_silhouette(image, PUSH_UP, False)
    inside = image[changed(image)].astype(int)
    assert np.median(np.abs(inside - GREY)) < 40
    assert np.abs(inside - GREY).max() > 100  # the line itself


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("name", ["squat", "push_up"])
@pytest.mark.parametrize("right", [False, True])
def test_the_outline_shows_on_every_background(level: int, name: str, right: bool) -> None:
    image = draw_silhouette(grey(640, 480, level), EXERCISES.get(name), right)
    light = image.astype(float) @ [0.299, 0.587, 0.114]
    touched = light[changed(image, level)]
    assert np.ptp(touched) > 60
    assert np.abs(touched - level).max() > 60


def test_white_turns_green_when_all_is_right() -> None:
    white = draw_silhouette(grey(640, 480, 60), SQUAT, False)
    green = draw_silhouette(grey(640, 480, 60), SQUAT, True)
    np.testing.assert_array_equal(changed(white, 60), changed(green, 60))
    brightest = green.reshape(-1, 3)[green.astype(int).sum(axis=2).argmax()].astype(int)
    assert brightest[1] > brightest[0] + 60
    assert np.ptp(white.reshape(-1, 3)[white.astype(int).sum(axis=2).argmax()]) < 10


def test_the_silhouette_faces_either_way() -> None:
    right = draw_silhouette(grey(640, 480), SQUAT, False, "right")
    left = draw_silhouette(grey(640, 480), SQUAT, False, "left")
    shin, foot = bounds(changed(right)[390:400]), bounds(changed(right)[420:])
    assert foot[2] - shin[2] > 2 * (shin[0] - foot[0])  # the toes lie ahead
    difference = (left[:, ::-1].astype(int) - right).astype(int)
    assert np.abs(difference[:, 1:-1]).mean() < 1.5
    with pytest.raises(ValueError, match="facing"):
        draw_silhouette(grey(640, 480), SQUAT, False, "up")


def test_the_silhouette_is_one_body_with_a_head() -> None:
    for name in ("squat", "push_up"):
        image = draw_silhouette(grey(1280, 720), EXERCISES.get(name), False)
        count, _ = cv2.connectedComponents(changed(image).astype(np.uint8))
        assert count == 2  # the body and what is round it
    rows = changed(draw_silhouette(grey(1280, 720), SQUAT, False)).sum(axis=1)
    head, neck, chest = rows[72:135].max(), rows[150:190].min(), rows[200:260].max()
    assert neck < 0.8 * head
    assert chest > 1.3 * neck


@pytest.mark.parametrize("size", [(96, 96), (96, 400), (2000, 96)])
def test_odd_sizes_can_be_drawn_on(size: tuple[int, int]) -> None:
    for name in ("squat", "push_up"):
        assert changed(draw_silhouette(grey(*size), EXERCISES.get(name), True)).any()
    assert changed(draw_advice(grey(*size), LONG_ADVICE)).any()
    assert changed(draw_countdown(grey(*size), 10)).any()


@pytest.mark.parametrize("size", [(2, 2), (95, 400)])
def test_tiny_images_stay_as_they_are(size: tuple[int, int]) -> None:
    image = grey(*size)
    draw_silhouette(image, SQUAT, True)
    draw_advice(image, LONG_ADVICE)
    draw_countdown(image, 3)
    assert not changed(image).any()


def test_images_that_cannot_be_drawn_into_are_refused() -> None:
    mirrored = grey(640, 480)[:, ::-1]
    for draw in (
        lambda: draw_silhouette(mirrored, SQUAT, True),
        lambda: draw_advice(mirrored, "Go"),
        lambda: draw_countdown(mirrored, 3),
    ):
        with pytest.raises(ValueError, match="contiguous"):
            draw()


@pytest.mark.parametrize("size", SIZES)
def test_an_advice_is_large_and_whole(size: tuple[int, int]) -> None:
    width, height = size
    short = min(size)
    text_px, lines = fit_text(
        LONG_ADVICE, round(short / 12), text_size(*size), round(width - short / 12)
    )
    assert " ".join(lines) == LONG_ADVICE
    assert len(lines) <= 3
    assert text_px >= 0.8 * short / 12
    image = draw_advice(grey(*size), LONG_ADVICE)
    left, top, right, bottom = bounds(changed(image))
    assert (left, top, right) == (0, 0, width - 1)
    assert bottom < 0.4 * height
    letters = np.nonzero((image[: bottom + 1] > 240).all(axis=2))
    assert letters[1].min() > 4
    assert letters[1].max() < width - 5
    capital = draw_advice(grey(*size, 0), "H")
    assert np.ptp(np.nonzero((capital > 200).all(axis=2))[0]) > short / 20


@pytest.mark.parametrize("level", [0, 255])
def test_an_advice_is_legible_on_any_background(level: int) -> None:
    image = draw_advice(grey(640, 480, level), "Step back.")
    band = image[: bounds(changed(image, level))[3]] if level else image[:60]
    light = band.max(axis=2)
    assert np.percentile(light, 20) < 100
    assert (light > 240).mean() > 0.05


def test_nothing_to_say_is_no_band() -> None:
    assert not changed(draw_advice(grey(640, 480), "")).any()


def test_every_advice_of_the_framing_fits() -> None:
    parts = ("head is", "hands are", "hips are", "knees are", "feet are")
    ways = ("Move left in the picture", "Move right in the picture", "Tilt the camera down")
    advice = [f"{way}: your {part} cut off." for way in ways for part in parts]
    advice += [f"Step back: your {part} not in the picture." for part in parts]
    advice += ["Turn 90 degrees to one side: left or right.", "Get into the push-up position."]
    for size in SIZES[:3]:
        for text in advice:
            wanted_px = round(min(size) / 12)
            text_px, _ = fit_text(text, wanted_px, 14, size[0] - wanted_px)
            assert text_px >= 0.85 * wanted_px, text
    assert FramingChecker(None).facing in ("left", "right")


@pytest.mark.parametrize("size", SIZES)
def test_the_countdown_is_one_huge_number_in_the_middle(size: tuple[int, int]) -> None:
    for level in (0, 255):
        image = draw_countdown(grey(*size, level), 3)
        left, top, right, bottom = bounds(changed(image, level))
        assert (left + right) / 2 == pytest.approx(size[0] / 2, abs=0.06 * size[0])
        assert (top + bottom) / 2 == pytest.approx(size[1] / 2, abs=0.06 * size[1])
        assert bottom - top > 0.3 * min(size)
        ink = image[top:bottom, left:right].max(axis=2)
        assert (ink > 240).mean() > 0.2
    assert (ink < 40).mean() > 0.02  # its outline, on white
    assert (draw_countdown(grey(*size), 3) != draw_countdown(grey(*size), 2)).any()


def test_a_silhouette_is_painted_once() -> None:
    image = grey(640, 480)
    draw_silhouette(image, PUSH_UP, True)
    for _ in range(15):
        draw_silhouette(image, PUSH_UP, True)
    assert framing._paint_silhouette.cache_info().hits >= 15
