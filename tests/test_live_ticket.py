"""The way back to a live set whose page was loaded again: for its own browser, and not for long."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest

from gym.coach import LiveState
from gym.live import LiveView, Stage
from gym.ui import live_ticket
from gym.ui.live_ticket import KEPT_S, LiveHolder, find_set
from tests.test_desk import Pages


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """A server on which no page is open."""
    pages = Pages()
    monkeypatch.setattr(live_ticket, "Runtime", pages)
    return pages


def hold(browser: str = "one", begun: bool = True) -> LiveHolder:
    view = LiveView(Stage.TRAINING, state=LiveState(1.0) if begun else None)
    return LiveHolder(browser, SimpleNamespace(view=view))


def test_a_page_that_is_loaded_again_finds_its_set(pages: Pages) -> None:
    holder, other = hold(), hold("two")
    assert find_set(holder.ticket) is holder.session
    assert find_set(other.ticket) is other.session


def test_a_ticket_is_good_once(pages: Pages) -> None:
    holder = hold()
    assert find_set(holder.ticket) is not None
    assert find_set(holder.ticket) is None


def test_a_set_is_kept_for_two_minutes_after_its_page_was_seen(pages: Pages) -> None:
    holder = hold()
    holder.looked_s -= KEPT_S + 1
    assert find_set(holder.ticket) is None
    holder.look()
    holder.looked_s -= KEPT_S - 1
    assert find_set(holder.ticket) is holder.session


def test_a_set_whose_page_is_open_stays_there(pages: Pages) -> None:
    """A second tab of the same browser shows the same ticket."""
    holder = hold("one")
    pages.active = ("one",)
    assert find_set(holder.ticket) is None
    pages.active = ()
    assert find_set(holder.ticket) is holder.session


def test_who_had_not_begun_a_set_has_none_to_find(pages: Pages) -> None:
    assert find_set(hold(begun=False).ticket) is None
    assert find_set(LiveHolder("one").ticket) is None


def test_a_guess_finds_nothing(pages: Pages) -> None:
    tickets = {hold().ticket for _ in range(100)}
    assert len(tickets) == 100
    assert all(len(ticket) >= 32 for ticket in tickets)
    keeper = hold()
    for guess in ("", keeper.ticket[:-1], keeper.ticket.swapcase(), "one"):
        assert find_set(guess) is None


def test_nothing_lives_longer_because_of_its_ticket(pages: Pages) -> None:
    ticket = hold().ticket
    gc.collect()
    assert find_set(ticket) is None
    assert ticket not in live_ticket._holders
