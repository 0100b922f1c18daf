"""What waits for a voice's socket, and what is known of its way."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.contracts.media import ParticipantStats
from vivavoce.contracts.sockets import CLOSE_REPLACED
from vivavoce.contracts.voice import VoicePong
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.media.voices import FRAMES_WAITING_MAX, WAIT_S_MAX, Voice, Voices

ROOM, ELSEWHERE = InterviewId("itv_1"), InterviewId("itv_2")
CARO, INES = ParticipantId("par_caro"), ParticipantId("par_ines")
INSIDE = ParticipantStats(0.001, 0.0, 0.0, 5_000_000, 30_000, 30_000, ())


def voice(number: int = 0, room: InterviewId = ROOM, who: ParticipantId = CARO) -> Voice:
    return Voice(room, who, number, ())


def frames(of: Voice, now_s: float) -> Iterator[bytes]:
    while (frame := of.next_frame(now_s)) is not None:
        yield frame


def pong(*, heard: int = 0, lost: int = 0, unsent: int = 0) -> VoicePong:
    return VoicePong(sent=0, heard=heard, lost=lost, unsent=unsent)


def test_frames_leave_in_their_order() -> None:
    caro = voice()
    for n in range(5):
        caro.give(bytes([n]), 1.0)
    assert list(frames(caro, 1.1)) == [bytes([n]) for n in range(5)]


def test_what_waited_too_long_is_let_go_and_counted() -> None:
    caro = voice()
    caro.give(b"old", 1.0)
    caro.give(b"new", 1.1)
    assert list(frames(caro, 1.0 + WAIT_S_MAX + 0.01)) == [b"new"]
    assert (caro.totals.given, caro.totals.dropped) == (2, 1)


@given(st.lists(st.floats(0, 0.5), max_size=400))
def test_no_more_waits_than_may_and_nothing_is_lost_uncounted(steps: list[float]) -> None:
    caro, now_s = voice(), 0.0
    for step in steps:
        now_s += step
        caro.give(b"x", now_s)
    left = list(frames(caro, now_s))
    assert len(left) <= FRAMES_WAITING_MAX
    assert len(left) + caro.totals.dropped == caro.totals.given == len(steps)


def test_a_look_tells_of_the_time_since_the_last() -> None:
    caro = voice()
    caro.spoke(100, 10)
    caro.told(pong(unsent=0), 0.08)
    first = caro.look(INSIDE)
    assert (first.round_trip_s, first.loss_up, first.loss_down) == (0.08, 0.1, None)
    for _ in range(50):
        caro.give(b"x", 1.0)
    list(frames(caro, 1.0))
    caro.spoke(190, 10)
    caro.told(pong(heard=50, lost=5, unsent=10), 0.09)
    second = caro.look(INSIDE)
    assert (second.round_trip_s, second.loss_up, second.loss_down) == (0.09, 0.1, 0.1)
    assert (caro.look(INSIDE).loss_up, second.estimate_bps) == (None, None)


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_whatever_a_browser_says_losses_are_shares(lost: int, unsent: int) -> None:
    caro = voice()
    caro.spoke(3, 2)
    caro.give(b"x", 1.0)
    caro.told(pong(lost=lost, unsent=unsent), 0.1)
    look = caro.look(INSIDE)
    assert 0 <= (look.loss_up or 0) <= 1
    assert 0 <= (look.loss_down or 0) <= 1


def test_a_participant_has_one_voice_and_rooms_do_not_mix() -> None:
    ended: list[int] = []
    voices = Voices(lambda each: ended.append(each.number))
    first, second, other = voice(1), voice(2), voice(3, ELSEWHERE)
    for each in (first, other, second):
        voices.add(each)
    assert (ended, first.close_code, other.close_code) == ([1], CLOSE_REPLACED, None)
    assert voices.of(ROOM, CARO) is second
    voices.end_room(ROOM)
    assert (ended, len(voices), voices.of(ELSEWHERE, CARO)) == ([1, 2], 1, other)
    voices.end(ROOM, CARO)
    assert ended == [1, 2]


def test_one_socket_has_a_voice_and_only_in_its_room() -> None:
    voices = Voices(lambda _: None)
    caro = voice(1)
    voices.add(caro)
    with pytest.raises(NotFound):
        voices.attach(1, ELSEWHERE)
    assert voices.attach(1, ROOM) is caro
    for number in (1, 2):
        with pytest.raises(NotFound):
            voices.attach(number, ROOM)
