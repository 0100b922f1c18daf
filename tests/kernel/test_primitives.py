"""Identifiers, clocks, tickets and the tree of errors."""

import inspect
import re

import pytest

from vivavoce.kernel import errors
from vivavoce.kernel.clock import ManualClock, SystemClock
from vivavoce.kernel.errors import AppError, Unauthenticated
from vivavoce.kernel.ids import is_id, new_id, new_interview_id
from vivavoce.kernel.tickets import TICKET_TTL_S, TICKETS_MAX, Tickets


def test_identifiers_are_unlike_and_safe_everywhere() -> None:
    made = {new_interview_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"itv_[0-9a-z]{24}", each) for each in made)
    assert all(is_id(each, kind="itv") for each in made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "itv_",
        "itv_" + 23 * "0",
        "itv_" + 25 * "0",
        "par_" + 24 * "0",
        "itv_" + 24 * "u",
        "itv_" + 23 * "0" + "\n",
        "itv_" + 24 * "٣",
    ],
)
def test_what_is_no_identifier_of_the_kind(text: str) -> None:
    assert not is_id(text, kind="itv")


def test_new_ids_have_their_kind() -> None:
    assert is_id(new_id("evt"), kind="evt")


def test_a_manual_clock_moves_when_told_and_never_back(clock: ManualClock) -> None:
    now, monotonic_s = clock.now(), clock.monotonic_s()
    clock.advance(1.5)
    assert (clock.now() - now, clock.monotonic_s() - monotonic_s) == (1500, 1.5)
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)


def test_the_system_clock_tells_milliseconds_since_the_epoch() -> None:
    clock = SystemClock()
    assert 1_700_000_000_000 < clock.now() < 5_000_000_000_000
    assert clock.monotonic_s() <= clock.monotonic_s()


def test_a_ticket_is_good_once(clock: ManualClock) -> None:
    tickets: Tickets[str] = Tickets(clock)
    ticket = tickets.issue("ann")
    assert tickets.redeem(ticket) == "ann"
    with pytest.raises(Unauthenticated):
        tickets.redeem(ticket)


def test_a_ticket_is_good_for_half_a_minute(clock: ManualClock) -> None:
    tickets: Tickets[str] = Tickets(clock)
    early, late = tickets.issue("early"), tickets.issue("late")
    clock.advance(TICKET_TTL_S - 0.1)
    assert tickets.redeem(early) == "early"
    clock.advance(0.1)
    with pytest.raises(Unauthenticated):
        tickets.redeem(late)


@pytest.mark.parametrize("ticket", ["", "x" * 22, "x" * 100_000])
def test_a_made_up_ticket_is_refused(clock: ManualClock, ticket: str) -> None:
    tickets: Tickets[str] = Tickets(clock)
    tickets.issue("ann")
    with pytest.raises(Unauthenticated):
        tickets.redeem(ticket)


def test_tickets_are_unlike_and_long(clock: ManualClock) -> None:
    tickets: Tickets[int] = Tickets(clock)
    made = {tickets.issue(n) for n in range(1000)}
    assert len(made) == 1000
    assert all(len(ticket) >= 22 for ticket in made)


def test_outstanding_tickets_are_bounded_and_the_oldest_goes(clock: ManualClock) -> None:
    tickets: Tickets[int] = Tickets(clock)
    first = tickets.issue(0)
    second = tickets.issue(1)
    for n in range(TICKETS_MAX - 1):
        tickets.issue(n)
    with pytest.raises(Unauthenticated):
        tickets.redeem(first)
    assert tickets.redeem(second) == 1


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, AppError)
    ]
    assert len(kinds) == 8
    assert len({kind.code for kind in kinds}) == 8
    assert AppError("A sentence.").message == "A sentence."
