"""Marks are seen on any picture, and verdicts are told apart without colours."""

from __future__ import annotations

import numpy as np
import pytest

from gym.drawing.marks import Arc, Gap, Level, Line, Tag, draw_marks, draw_sign
from gym.drawing.status import VERDICT_COLOURS
from gym.schema import Verdict

COLOUR = VERDICT_COLOURS[Verdict.FAIL]


def point(x: float, y: float) -> np.ndarray:
    return np.array([x, y], dtype=float)


def ground(*colour: int) -> np.ndarray:
    image = np.empty((400, 360, 3), np.uint8)
    image[:] = colour
    return image


MARKS = {
    "line": Line(point(60, 60), point(200, 220)),
    "dashed": Line(point(60, 60), point(200, 220), dashed=True),
    "level": Level(point(100, 150), "hips", True),
    "arc": Arc(point(150, 200), point(150, 80), point(250, 120), "27°"),
    "gap": Gap(point(150, 100), point(150, 200), "0.12"),
    "tag": Tag(point(150, 100), "knees"),
}


@pytest.mark.parametrize("name", MARKS)
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), COLOUR, (128, 128, 128)])
def test_a_mark_is_seen_on_every_ground(name: str, colour: tuple[int, int, int]) -> None:
    image = ground(*colour)
    draw_marks(image, [MARKS[name]], COLOUR, 20)
    differs = np.abs(image.astype(int) - colour).max(axis=2) > 90
    assert differs.sum() > 150


@pytest.mark.parametrize("name", MARKS)
def test_what_was_not_seen_is_not_drawn(name: str) -> None:
    mark = MARKS[name]
    values = dict(vars(mark))
    first = next(key for key, value in values.items() if isinstance(value, np.ndarray))
    image = ground(9, 9, 9)
    draw_marks(image, [type(mark)(**(values | {first: point(np.nan, 1)}))], COLOUR, 20)
    assert (image == 9).all()


@pytest.mark.parametrize("at", [(-500.0, -500.0), (5000.0, 100.0), (359.0, 399.0), (0.0, 0.0)])
def test_marks_at_and_beyond_the_edge_do_no_harm(at: tuple[float, float]) -> None:
    image = ground(50, 50, 50)
    far = point(*at)
    marks = [Arc(far, far + 50, far - (50, 20), "180°"), Gap(far, far, "0.00"), Tag(far, "a word")]
    draw_marks(image, [*marks, Level(far, "hips", False), Line(far, point(100, 100))], COLOUR, 20)
    assert image.shape == (400, 360, 3)


def test_words_stay_inside_the_picture() -> None:
    image = ground(255, 255, 255)
    draw_marks(image, [Tag(point(358, 2), "a long word")], COLOUR, 20)
    dark = image.max(axis=2) < 200
    assert dark[:27, -60:].any()
    assert dark.any(axis=0).sum() > 90, "it was moved to the left as a whole"


def test_signs_differ_without_colour() -> None:
    shapes = []
    for verdict in Verdict:
        image = ground(12, 20, 28)
        draw_sign(image, verdict, (50, 50), 20)
        disc = image[30:71, 30:71]
        ink = (disc.astype(int).sum(axis=2) < 200)[8:33, 8:33]
        assert 0.05 < ink.mean() < 0.6
        shapes.append(ink)
    for i, one in enumerate(shapes):
        for other in shapes[i + 1 :]:
            assert (one != other).mean() > 0.1
