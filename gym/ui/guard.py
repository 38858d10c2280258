"""The one place in the app where a user's situation becomes a message instead of an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from gym.errors import GymError
from gym.files import explain_full_disk


def show_error(error: GymError) -> None:
    """Show what happened, and what to do about it."""
    st.error(f"**{plain(error.message)}**  \n{plain(error.advice)}", icon="⚠️")


@contextmanager
def guard() -> Iterator[None]:
    """Show a user's situation raised inside, and let the page go on; bugs still crash."""
    try:
        yield
    except (GymError, OSError) as error:
        if not tell_error(error):
            raise


def tell_error(error: Exception) -> bool:
    """Show what a user can act on, and say whether it was that (also for `st.App`, of all pages)."""
    told = explain_full_disk(error) if isinstance(error, OSError) else error
    if not isinstance(told, GymError):
        return False
    show_error(told)
    return True


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
