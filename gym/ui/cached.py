"""What all visitors share and nobody owns: the shipped sample, and which pose models are there.

One visitor's clips and results never come here: Streamlit's caches are global. They live in the
visitor's session (`gym.ui.opened`).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gym.schema import ClipInfo, PoseSequence

SAMPLE_FOLDER = Path(__file__).parents[1] / "assets" / "sample"


@st.cache_resource(show_spinner=False)
def read_sample() -> tuple[ClipInfo, PoseSequence]:
    """Return the shipped sample's stored analysis."""
    from gym.report import read_analysis  # late: the home page opens without the picture libraries

    return read_analysis(SAMPLE_FOLDER)


def sample_is_there() -> bool:
    """Whether this copy carries the sample."""
    return (SAMPLE_FOLDER / "clip.json").is_file()
