"""Texts on frames: whole where they fit, never wider than they may be."""

from __future__ import annotations

import numpy as np
import pytest

from gym.drawing import text as drawing
from gym.drawing.status import draw_status
from tests.drawing.test_skeleton import GREY, grey
from tests.drawing.test_status import LONG_CUE, SIZES


@pytest.mark.parametrize("size", SIZES)
def test_texts_stay_within_the_width(size: tuple[int, int]) -> None:
    text_px = drawing.text_size(*size)
    width = size[0] - 2 * text_px
    texts = (LONG_CUE, "W" * 300, "one", "Rückenlage über alles ≥ 90°")
    for text in texts:
        lines = drawing.wrap_text(text, text_px, width, drawing.CUE_LINES)
        assert 1 <= len(lines) <= drawing.CUE_LINES
        assert all(drawing.text_width(line, text_px) <= width for line in lines)
    image = draw_status(grey(*size), count=1, exercise="W" * 200, cue="W" * 300)
    assert (image[: size[1] // 8, -2:] == GREY).all()
    assert np.ptp(image[-size[1] // 30 :, -2:], axis=(0, 1)).max() == 0  # the band, no letters


def test_a_text_that_fits_is_kept_whole_and_a_longer_one_ends_in_an_ellipsis() -> None:
    assert drawing.wrap_text("Sit  deeper", 20, 500, 3) == ("Sit deeper",)
    whole = drawing.wrap_text(LONG_CUE, 20, 400, 3)
    assert " ".join(whole) == LONG_CUE
    assert len(whole) > 1
    cut = drawing.wrap_text(LONG_CUE, 20, 150, 3)
    assert len(cut) == 3
    assert cut[-1].endswith("…")
    assert LONG_CUE.startswith(" ".join(cut)[:-1].strip())


def test_a_cue_that_is_too_long_at_a_large_size_is_written_smaller() -> None:
    assert drawing.fit_text("Sit deeper", 40, 20, 400) == (40, ("Sit deeper",))
    size_px, lines = drawing.fit_text(LONG_CUE, 40, 20, 400)
    assert 20 < size_px < 40
    assert " ".join(lines) == LONG_CUE
    assert drawing.fit_text(LONG_CUE, 41, 40, 400)[1][-1].endswith("…")
    assert drawing.fit_text(LONG_CUE, 20, 20, 400)[0] == 20
