"""The way back to a live set whose page was loaded again.

    holder.ticket                    # the browser remembers it: `gym.ui.components.live_browser`
    holder.mark_seen()               # in each refresh: its page is there
    LiveHolder().search(ticket, is_active)      # in the first runs of a new page

A set is kept by the browser session that did it (Streamlit keeps those for a while after their page has
gone), and known here by its ticket only: nothing lives longer because of it. The ticket cannot be
guessed, is good for `KEPT_S` after the page was seen last, and only when that page is gone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from gym.live.session import LiveSession

KEPT_S = 120.0
#: A new page searches for so long: that a phone's connection was lost is noticed late.
SEARCH_S = 40.0


@dataclass(eq=False)
class LiveHolder:
    """The visitor's live session, made by the camera's thread where Streamlit is out of reach.

    ``browser`` names the browser session it belongs to.
    """

    browser: str = ""
    session: LiveSession | None = None
    found: bool = False  #: whether the session began on a page that was loaded again
    opened: Any = None  #: what its page opened of its set, once it has ended
    settled: bool = False  #: whether the page knows that it has ended
    asked_s: float | None = None  #: since when the camera is asked for (monotonic)
    created_s: float = field(default_factory=time.monotonic)
    seen_s: float = field(default_factory=time.monotonic)  #: when its page was seen last
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        _holders[self.ticket] = self

    def mark_seen(self) -> None:
        """Say that its page is there."""
        self.seen_s = time.monotonic()

    def search(self, ticket: str, is_active: Callable[[str], bool]) -> None:
        """Take over the set of a page that was loaded again, and end it.

        Parameters
        ----------
        ticket : str
            What the browser remembers.
        is_active : callable
            Tells of a browser session whether it has a connected page.
        """
        if self.session is None and time.monotonic() - self.created_s < SEARCH_S:
            self.session = find_set(ticket, is_active)
            self.found = self.session is not None
            if self.found:
                self.session.end("the page was loaded again")


_holders: WeakValueDictionary[str, LiveHolder] = WeakValueDictionary()


def find_set(ticket: str, is_active: Callable[[str], bool]) -> LiveSession | None:
    """Return the session whose page was loaded again, if its set had begun; a ticket is good once."""
    holder = _holders.get(ticket)
    if holder is None or holder.session is None or holder.session.view.state is None:
        return None
    if time.monotonic() - holder.seen_s > KEPT_S or is_active(holder.browser):
        return None
    taken = _holders.pop(ticket, None)
    return taken and taken.session
