"""The bench holds its figures to their limits, and its exit status says so."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import pytest

from gym import bench
from gym.__main__ import main
from gym.bench import Figure, run_bench
from gym.media.reader import ClipReader
from gym.media.writer import ClipWriter


@pytest.mark.parametrize(
    ("ratio", "limit", "passed"), [(0.9, 1, True), (1, 1, True), (1.1, 1, False), (9, None, True)]
)
def test_a_figure_keeps_its_limit_or_not(ratio: float, limit: float | None, passed: bool) -> None:
    figure = Figure("speed", ratio, limit)
    assert figure.passed is passed
    assert ("BEYOND" in str(figure)) is not passed


def test_a_figure_that_is_not_known_does_not_pass() -> None:
    assert not Figure("speed", math.nan, 1).passed


@pytest.mark.parametrize(("ratio", "status"), [(0.5, 0), (2.0, 1)])
def test_the_exit_status_tells(monkeypatch, capsys, ratio: float, status: int) -> None:
    """Whatever was measured: the figures are stood in for, as they depend on the machine."""
    monkeypatch.setattr(bench, "run_bench", lambda *_, **__: iter([Figure("speed", ratio, 1.0)]))
    assert main(["bench"]) == status
    told = capsys.readouterr()
    assert f"speed: ratio {ratio:.2f} (limit 1)" in told.out
    assert ("idle machine" in told.err) is bool(status)


def test_it_measures_to_the_end(sample_clip: Path, pose_model: str, tmp_path: Path) -> None:
    """On a second of the sample: how fast this machine is does not matter here."""
    with ClipReader(sample_clip) as clip, ClipWriter(tmp_path / "a.mp4", clip.size) as out:
        for frame in islice(clip, 30):
            out.write(frame)
    figures = list(run_bench(tmp_path / "a.mp4", runs=1))
    assert all(math.isfinite(figure.ratio) for figure in figures)
    told = "\n".join(map(str, figures))
    for what in ("pose", "counter agreement", "judging", "live", "rep is told", "analyse"):
        assert what in told
