"""The one place in the app where a user's situation becomes a message instead of an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from gym.errors import GymError


def show_error(error: GymError) -> None:
    """Show what happened, and what to do about it."""
    st.error(f"**{plain(error.message)}**  \n{plain(error.advice)}", icon="⚠️")


@contextmanager
def guard() -> Iterator[None]:
    """Show a GymError raised inside, and let the rest of the page go on; bugs still crash."""
    try:
        yield
    except GymError as error:
        show_error(error)


def guarded_fragment(run_every: float | None = None) -> Callable[[Callable], Callable]:
    """Decorate a function as a Streamlit fragment that shows a GymError itself.

    Streamlit calls a fragment again without the page around it, so a page's `guard` does not help.

    Parameters
    ----------
    run_every : float, optional
        Seconds after which it is drawn again by itself.
    """
    return lambda function: st.fragment(guard()(function), run_every=run_every)


def plain(text: str) -> str:
    """Escape what Markdown would take for markup: messages may carry a file's name."""
    for character in "\\`*_{}[]<>#$~|:":
        text = text.replace(character, f"\\{character}")
    return text
