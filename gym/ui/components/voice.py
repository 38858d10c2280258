"""The voice: counts and cues spoken by the browser, or played as tones if it has no voice.

An invisible component (``voice.js`` in this folder), shown only if the user wants it. Only voices on
the user's own device are used, because some browsers offer voices that send the words to a speech
service.
"""

from __future__ import annotations

from gym.ui.components import declare_component

SOUNDS = ("count", "cue", "done")

_voice = declare_component("voice")


def show_voice(*, words: str, number: int, sound: str, key: str = "voice") -> None:
    """Speak some words once, without using space on the page.

    Call it on every run of the page or fragment, whether there is something new to say or not: only a
    new number is spoken. The first number is treated as an old one, so start with 0 before the set
    begins.

    Parameters
    ----------
    words : str
        What to say, in English; empty for the tone alone.
    number : int
        A different number for each new message; 0 says nothing. New words stop those that are still
        being spoken, so that counts do not queue up.
    sound : str
        The tone to play if the browser has no English voice of its own: "count" (one short
        high tone), "cue" (two low ones) or "done" (three rising ones).
    key : str
        Fixed, so that a rerun does not start it again.

    Raises
    ------
    ValueError
        The sound is none of the three.
    """
    if sound not in SOUNDS:
        raise ValueError(f"expected a sound of {SOUNDS}, got {sound!r}")
    _voice(key=key, data={"words": words, "number": number, "sound": sound})
