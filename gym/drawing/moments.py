"""The moment that decides a verdict, as a picture: the frame, what was measured in it, and the words.

draw_moment(clip, poses, ...)   # cut out around the athlete, the marks drawn in, the words below
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from gym.drawing.marks import draw_marks, draw_sign
from gym.drawing.measured import mark_measured, say_measured
from gym.drawing.skeleton import LEAST_VISIBILITY, draw_skeleton
from gym.drawing.status import VERDICT_COLOURS
from gym.drawing.text import BAND_COLOUR, TEXT_COLOUR, put_text, wrap_text
from gym.exercises import FormRule, Signal
from gym.features import find_near_side
from gym.media.stills import read_stills
from gym.notes import VERDICT_WORDS
from gym.schema import Finding, Frame, Pose, PoseSequence

WIDTH_PX = 720  #: twice what a small phone shows, so that it stays sharp there and on a desk
GROUND_COLOUR = (
    71,
    85,
    105,
)  #: where there is no clip: the skeleton and the marks stand out from it
_TEXT_SHARE = 1 / 24  # of the width: 15 px high letters on a phone of 360 px
_ROOM = 0.22  # around the athlete, as a share of their longer side
_SHAPES = (0.8, 1.6)  # width by height, at least and at most: from a standing person to a plank
_FAINT = 0.5  # how strongly the skeleton is drawn below the marks


def draw_moment(
    clip: Path | None,
    poses: PoseSequence,
    span_s: tuple[float, float],
    rule: FormRule,
    finding: Finding,
    signal: Signal | None = None,
    height_cm: float = math.nan,
) -> Frame:
    """Draw the moment at which a rule was decided.

    Parameters
    ----------
    clip : Path or None
        The clip as `gym.media.writer.ClipWriter` wrote it for the browser; None: the skeleton stands on
        a plain ground.
    poses : PoseSequence
        Of the same clip.
    span_s : (start, end)
        The rep, or the hold; the moment may be in the rest after it.
    rule, finding
        The finding is the rule's, with a known ``time_s``.
    signal : Signal, optional
        The exercise's; a taught one is measured by it.
    height_cm : float
        The athlete's, for lengths in centimetres; NaN where it is not known.

    Returns
    -------
    Frame
        `WIDTH_PX` wide, and the time of the pose that is drawn.

    Raises
    ------
    ClipError
        The clip cannot be read any more.
    ValueError
        The finding has no moment.
    """
    if not np.isfinite(finding.time_s):
        raise ValueError(f"expected a finding with a moment, got {finding}")
    span_s = min(span_s[0], finding.time_s), max(span_s[1], finding.time_s)  # rest is around a rep
    first, end = np.searchsorted(poses.time_s, span_s, side="left")
    inside = slice(int(first), max(int(end) + 1, int(first) + 1))
    now = int(np.argmin(np.abs(poses.time_s - finding.time_s)))
    pose, near_side = poses[now], find_near_side(poses.cut(*span_s))
    if clip is None:
        width, height = poses.image_size
        still = np.full((height, width, 3), GROUND_COLOUR, np.uint8)
    else:
        (frame,) = read_stills(clip, [pose.time_s])
        still = frame.image
    height, width = still.shape[:2]
    share = np.array([width, height]) / np.array(poses.image_size)
    drawn = np.isfinite(pose.xy_px).all(axis=1) & (pose.visibility >= LEAST_VISIBILITY)
    left, top, right, bottom = _cut_out(pose.xy_px[drawn] * share, width, height)
    zoom = WIDTH_PX / (right - left)
    tall = round((bottom - top) * zoom)
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    image = cv2.resize(still[top:bottom, left:right], (WIDTH_PX, tall), interpolation=how)

    def to_picture(points: np.ndarray) -> np.ndarray:
        return (points * share - (left, top)) * zoom

    text_px = round(WIDTH_PX * _TEXT_SHARE)
    _draw_faint_skeleton(image, pose, to_picture, near_side)
    marks = mark_measured(poses, to_picture, rule, finding, inside, near_side, signal, height_cm)
    draw_marks(image, marks, VERDICT_COLOURS[finding.verdict], text_px)
    return Frame(np.vstack([image, _write_band(rule, finding, height_cm, text_px)]), pose.time_s)


def to_jpeg(frame: Frame) -> bytes:
    """Return a picture as a JPEG file's bytes."""
    return cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))[1].tobytes()


def _cut_out(xy_px: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the part to show: the athlete with room, in a fair shape."""
    if not len(xy_px):
        return 0, 0, width, height
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    room = _ROOM * (high - low).max()
    low, high = np.maximum(low - room, 0), np.minimum(high + room, (width, height))
    if (high - low).min() < 8:  # the athlete is outside the picture
        return 0, 0, width, height
    wide, tall = high - low
    narrowest, widest = _SHAPES
    size = np.array([max(wide, tall * narrowest), max(tall, wide / widest)])
    size = np.minimum(size, (width, height))
    corner = np.clip((low + high - size) / 2, 0, (width, height) - size)
    left, top = np.floor(corner).astype(int)
    right, bottom = np.ceil(corner + size).astype(int)
    return int(left), int(top), min(int(right), width), min(int(bottom), height)


def _draw_faint_skeleton(
    image: np.ndarray,
    pose: Pose,
    to_picture: Callable[[np.ndarray], np.ndarray],
    near_side: str,
) -> None:
    """Draw the skeleton half transparent: the marks on it say what counts."""
    in_picture = Pose(pose.time_s, to_picture(pose.xy_px), pose.xyz_m, pose.visibility)
    with_it = draw_skeleton(image.copy(), in_picture, near_side=near_side)
    image[:] = cv2.addWeighted(with_it, _FAINT, image, 1 - _FAINT, 0)


def _write_band(rule: FormRule, finding: Finding, height_cm: float, text_px: int) -> np.ndarray:
    """Return the dark band below the picture: the sign and the word, what was measured, the limit."""
    pad = round(0.6 * text_px)
    said, limit = say_measured(rule, finding, height_cm)
    verdict = f"{rule.name}: {VERDICT_WORDS[finding.verdict]}"
    start = pad + round(1.5 * text_px)
    lines = [(verdict, 700, VERDICT_COLOURS[finding.verdict])]
    for text, weight in ((said, 600), (limit, 400)):
        if text:
            parts = wrap_text(text, text_px, WIDTH_PX - start - pad, 3)
            lines += [(part, weight, TEXT_COLOUR) for part in parts]
    line_px = round(1.4 * text_px)
    band = np.empty((len(lines) * line_px + pad, WIDTH_PX, 3), np.uint8)
    band[:] = BAND_COLOUR
    draw_sign(
        band, finding.verdict, (pad + text_px // 2, pad + text_px // 2), round(0.55 * text_px)
    )
    for number, (text, weight, colour) in enumerate(lines):
        baseline = pad // 2 + number * line_px + round(1.05 * text_px)
        put_text(band, text, (start, baseline), text_px, weight, colour)
    return band
