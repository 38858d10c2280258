"""Draws text into a picture: one line, or a cue broken into lines that fit; and the dark band behind it.

Every function draws into the uint8 (H, W, 3) RGB image it is given.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

Colour = tuple[int, int, int]  # RGB

TEXT_COLOUR: Colour = (255, 255, 255)
BAND_COLOUR: Colour = (12, 20, 28)
BAND_OPACITY = 0.75  # white text on it has a contrast of 8 or more, whatever is behind it
SMALLEST_SIDE_PX = 96  # no status on smaller images: it would not be legible
CUE_LINES = 3


def check_image(image: np.ndarray) -> tuple[int, int]:
    """Return an image's height and width."""
    fits = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    if not (fits and image.flags.c_contiguous and image.flags.writeable):
        raise ValueError(
            "expected a writable, contiguous uint8 (H, W, 3) image, "
            f"got {image.dtype} {image.shape}"
        )
    return image.shape[:2]


def text_size(width: int, height: int) -> int:
    """Return the height of the cue's letters in px: a 22nd of the short side, but at least 14."""
    return max(14, round(min(height, width) / 22))


def text_width(text: str, text_px: int, weight: int = 600) -> int:
    """Return the width in px of one line of text."""
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), text_px, weight)
    return left + width


def put_text(
    image: np.ndarray,
    text: str,
    baseline: tuple[int, int],
    text_px: int,
    weight: int,
    colour: Colour = TEXT_COLOUR,
) -> None:
    """Write one line of text from the left end of its baseline."""
    cv2.putText(image, text, baseline, colour, _font(), text_px, weight)


def _font() -> cv2.FontFace:
    """Return OpenCV's own outline font, which has characters that its line fonts lack (°, –, é)."""
    return cv2.FontFace("sans")


def shade(part: np.ndarray) -> None:
    """Put a dark, translucent band over a part of an image."""
    band = np.empty_like(part)
    band[:] = BAND_COLOUR
    part[:] = cv2.addWeighted(part, 1 - BAND_OPACITY, band, BAND_OPACITY, 0)


@lru_cache(maxsize=64)
def fit_text(
    text: str, text_px: int, least_px: int, width_px: int, most_lines: int = CUE_LINES
) -> tuple[int, tuple[str, ...]]:
    """Return the largest size of letters, in px, at which a text fits, and its lines.

    If it does not fit even at the smallest size, it is cut with an ellipsis.
    """
    whole = " ".join(text.split())
    for size_px in range(text_px, least_px, -1):
        lines = wrap_text(text, size_px, width_px, most_lines)
        if " ".join(lines) == whole:
            return size_px, lines
    return least_px, wrap_text(text, least_px, width_px, most_lines)


@lru_cache(maxsize=64)
def wrap_text(text: str, text_px: int, width_px: int, most_lines: int) -> tuple[str, ...]:
    """Break a text into lines that fit the width; if it is too long, it ends in an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most_lines:
        taken = len(words)
        while taken > 1 and text_width(" ".join(words[:taken]), text_px) > width_px:
            taken -= 1
        lines.append(" ".join(words[:taken]))
        words = words[taken:]
    if words:
        lines[-1] += "…"
    return tuple(_shorten(line, text_px, width_px) for line in lines) or ("",)


def _shorten(line: str, text_px: int, width_px: int) -> str:
    """Cut letters off the end of a line until it fits."""
    if text_width(line, text_px) <= width_px:
        return line
    kept = line.rstrip("…")
    while kept and text_width(kept + "…", text_px) > width_px:
        kept = kept[:-1].rstrip()
    return kept + "…"
