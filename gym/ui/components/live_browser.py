"""What the athlete's browser does beside the camera: it keeps its screen on, and remembers some words.

An unseen component (``live_browser.js`` beside this file). A screen that went dark would end the set:
phones then close the page's camera. The words are kept in cookies of this page alone, which the server
reads when the page is loaded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from gym.ui.components import declare_component

_live_browser = declare_component("live_browser")


@dataclass(frozen=True)
class Word:
    """Something for the browser to remember.

    Attributes
    ----------
    name, value : str
    kept_s : float
        For how long; 0 means until the browser is closed.
    """

    name: str
    value: str
    kept_s: float = 0


def show_live_browser(
    *,
    awake: bool,
    words: Sequence[Word] = (),
    cameras: Sequence[str] = (),
    key: str = "live_browser",
) -> None:
    """Keep the screen on, or no longer, and have some words remembered; take no space on the page.

    Parameters
    ----------
    awake : bool
        The screen goes its own way again when this is False, or when the component leaves the page.
    words : sequence of Word
    cameras : sequence of str
        The keys of the page's cameras (`gym.ui.components.camera.show_camera`), so that each remembers
        its own device.
    key : str
        Fixed, so that a rerun does not begin anew.
    """
    _live_browser(
        key=key,
        data={
            "awake": awake,
            "words": [[word.name, word.value, word.kept_s] for word in words],
            "cameras": list(cameras),
        },
    )


def recall(name: str) -> str:
    """Return a word that the browser remembered when the page was loaded; "" if none."""
    return st.context.cookies.get(name, "")
