"""Which rooms are remembered, and for whom they are closed."""

import pytest

from vivavoce.contracts.rights import Role
from vivavoce.contracts.runs import Languages
from vivavoce.contracts.sockets import CLOSE_ENDED, CLOSE_FORBIDDEN
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import Forbidden
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.runner.room import Room, Watcher
from vivavoce.services.runner.rooms import IDLE_ROOMS_MAX, REMOVED_MAX, Rooms

HERE, THERE = InterviewId("itv_here"), InterviewId("itv_there")
CARO, OTTO = ParticipantId("par_caro"), ParticipantId("par_otto")


def watch(room: Room, who: ParticipantId) -> Watcher:
    watcher = Watcher(
        room, who, first=lambda: Languages(languages=[], unavailable=None), wake=lambda: None
    )
    room.watchers.add(watcher)
    return watcher


def claims(who: ParticipantId) -> JoinClaims:
    return JoinClaims.issued(
        ManualClock(), interview=HERE, participant=who, role=Role.CANDIDATE, name="Caro"
    )


def fill(rooms: Rooms, *, busy: set[InterviewId], count: int = IDLE_ROOMS_MAX) -> None:
    for number in range(count):
        rooms.open(InterviewId(f"itv_{number}"), busy=busy)


def test_the_idle_room_used_longest_ago_is_forgotten() -> None:
    rooms = Rooms()
    first = rooms.open(HERE, busy=set())
    second = rooms.open(THERE, busy=set())
    assert rooms.open(HERE, busy=set()) is first
    fill(rooms, busy=set(), count=IDLE_ROOMS_MAX - 1)
    assert rooms.open(HERE, busy=set()) is first
    assert rooms.open(THERE, busy=set()) is not second


def test_a_room_that_is_watched_or_busy_is_kept() -> None:
    rooms = Rooms()
    watched, busy = rooms.open(HERE, busy=set()), rooms.open(THERE, busy=set())
    watch(watched, CARO)
    for _ in range(2):
        fill(rooms, busy={THERE})
    assert rooms.open(HERE, busy={THERE}) is watched
    assert rooms.open(THERE, busy={THERE}) is busy


def test_a_closed_room_sends_its_own_watchers_away() -> None:
    rooms = Rooms()
    here, there = (watch(rooms.open(name, busy=set()), CARO) for name in (HERE, THERE))
    rooms.close(HERE, CLOSE_ENDED)
    rooms.close(HERE, CLOSE_ENDED)
    assert (here.close_code, there.close_code) == (CLOSE_ENDED, None)
    assert list(rooms.everybody()) == [there]


def test_who_is_removed_is_sent_away_alone_and_remembered() -> None:
    rooms = Rooms()
    room = rooms.open(HERE, busy=set())
    caro, otto = watch(room, CARO), watch(room, OTTO)
    rooms.remove(HERE, CARO)
    assert (caro.close_code, otto.close_code) == (CLOSE_FORBIDDEN, None)
    rooms.check_not_removed(claims(OTTO))
    with pytest.raises(Forbidden):
        rooms.check_not_removed(claims(CARO))


def test_the_removed_are_bounded() -> None:
    rooms = Rooms()
    rooms.remove(HERE, CARO)
    for number in range(REMOVED_MAX):
        rooms.remove(HERE, ParticipantId(f"par_{number}"))
    rooms.check_not_removed(claims(CARO))
