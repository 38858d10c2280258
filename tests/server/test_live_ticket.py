"""The way back to a live set whose page was loaded again: for its own browser, and not for long."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest

from gym.live.coach import LiveState
from gym.live.view import LiveView, Stage
from gym.server import live_ticket
from gym.server.live_ticket import KEPT_S, SEARCH_S, LiveHolder, find_set


class Pages:
    """Knows which browser sessions have a page."""

    active: tuple[str, ...] = ()

    def is_active(self, browser: str) -> bool:
        return browser in self.active


@pytest.fixture
def pages() -> Pages:
    """A server on which no page is open."""
    return Pages()


def hold(browser: str = "one", begun: bool = True) -> LiveHolder:
    view = LiveView(Stage.TRAINING, state=LiveState(1.0) if begun else None)
    ends: list[str] = []
    return LiveHolder(browser, SimpleNamespace(view=view, ends=ends, end=ends.append))


def test_a_page_that_is_loaded_again_finds_its_set(pages: Pages) -> None:
    holder, other = hold(), hold("two")
    assert find_set(holder.ticket, pages.is_active) is holder.session
    assert find_set(other.ticket, pages.is_active) is other.session


def test_a_ticket_is_good_once(pages: Pages) -> None:
    holder = hold()
    assert find_set(holder.ticket, pages.is_active) is not None
    assert find_set(holder.ticket, pages.is_active) is None


def test_a_set_is_kept_for_two_minutes_after_its_page_was_seen(pages: Pages) -> None:
    holder = hold()
    holder.seen_s -= KEPT_S + 1
    assert find_set(holder.ticket, pages.is_active) is None
    holder.mark_seen()
    holder.seen_s -= KEPT_S - 1
    assert find_set(holder.ticket, pages.is_active) is holder.session


def test_a_set_whose_page_is_open_stays_there(pages: Pages) -> None:
    """A second tab of the same browser shows the same ticket."""
    holder = hold("one")
    pages.active = ("one",)
    assert find_set(holder.ticket, pages.is_active) is None
    pages.active = ()
    assert find_set(holder.ticket, pages.is_active) is holder.session


def test_who_had_not_begun_a_set_has_none_to_find(pages: Pages) -> None:
    assert find_set(hold(begun=False).ticket, pages.is_active) is None
    assert find_set(LiveHolder("one").ticket, pages.is_active) is None


def test_a_new_page_searches_until_the_old_ones_connection_is_known_to_be_lost(
    pages: Pages,
) -> None:
    before, after = hold("one"), LiveHolder("two")
    pages.active = ("one", "two")
    after.search(before.ticket, pages.is_active)
    assert (after.session, after.found) == (None, False)
    assert not before.session.ends
    pages.active = ("two",)
    after.search(before.ticket, pages.is_active)
    assert after.session is before.session
    assert after.found
    assert after.session.ends == ["the page was loaded again"]
    after.search(before.ticket, pages.is_active)
    assert len(after.session.ends) == 1


def test_a_page_that_has_been_open_for_a_while_takes_nothing_over(pages: Pages) -> None:
    before, late, busy = hold("one"), LiveHolder("two"), hold("three")
    late.created_s -= SEARCH_S + 1
    late.search(before.ticket, pages.is_active)
    assert late.session is None
    own = busy.session
    busy.search(before.ticket, pages.is_active)
    assert busy.session is own
    assert not busy.found


def test_a_guess_finds_nothing(pages: Pages) -> None:
    tickets = {hold().ticket for _ in range(100)}
    assert len(tickets) == 100
    assert all(len(ticket) >= 32 for ticket in tickets)
    keeper = hold()
    for guess in ("", keeper.ticket[:-1], keeper.ticket.swapcase(), "one"):
        assert find_set(guess, pages.is_active) is None


def test_nothing_lives_longer_because_of_its_ticket(pages: Pages) -> None:
    ticket = hold().ticket
    gc.collect()
    assert find_set(ticket, pages.is_active) is None
    assert ticket not in live_ticket._holders
