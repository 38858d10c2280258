"""The voice: counts and cues spoken by the browser, or played as tones where it has no voice.

An unseen component (``voice.js`` beside this file). Whoever does not want it leaves it off the page.
Only voices that live on the user's own device are used: some browsers offer voices that send the
words to a speech service.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

SOUNDS = ("count", "cue", "done")

_voice = st.components.v2.component(
    "virtual_gym.voice", js=Path(__file__).with_name("voice.js").read_text(encoding="utf-8")
)


def show_voice(*, words: str, number: int, sound: str, key: str = "voice") -> None:
    """Speak some words once; take no space on the page.

    Call it on every run of the page or fragment that shows it, whether there is news or not: only
    a new number is heard. The number that is there when the component first comes to the page is
    taken for an old one, so mount it with 0 before the set begins.

    Parameters
    ----------
    words : str
        What to say, in English; empty for the tone alone.
    number : int
        Another number for each new thing to say; 0 says nothing. New words stop those that are
        still being spoken, so that counts never queue up.
    sound : str
        The tone to play where the browser has no English voice of its own: "count" (one short
        high tone), "cue" (two low ones) or "done" (three rising ones).
    key : str
        Fixed, so that a rerun does not begin anew.

    Raises
    ------
    ValueError
        The sound is none of the three.
    """
    if sound not in SOUNDS:
        raise ValueError(f"expected a sound of {SOUNDS}, got {sound!r}")
    _voice(key=key, data={"words": words, "number": number, "sound": sound})
