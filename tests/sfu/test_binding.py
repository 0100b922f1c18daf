"""The SFU as Python sees it: commands, refusals, events and types. Media itself is tested in Rust."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import threading
import time

import pytest
from vivavoce_sfu import (
    Event,
    ParticipantNotFound,
    RoomFull,
    RoomNotFound,
    RoomStats,
    SdpRejected,
    Sfu,
    SfuError,
    Slot,
    SlotsChanged,
    Stats,
)


def test_a_join_is_answered_with_our_address(sfu: Sfu, participant_offer: str) -> None:
    sfu.open_room("room")
    answer = sfu.join("room", "ann", participant_offer)
    assert answer.count("\r\nm=") == 22
    assert f" 127.0.0.1 {sfu.port} typ host" in answer
    assert "a=setup:passive" in answer


def test_a_join_is_answered_with_tcp_too_unless_it_is_off(participant_offer: str) -> None:
    for tcp in (True, False):
        running = Sfu(port=0, tcp=tcp)
        running.open_room("room")
        answer = running.join("room", "ann", participant_offer)
        here = f" 127.0.0.1 {running.port} typ host"
        assert (f"{here} tcptype passive" in answer) is tcp
        assert answer.index(" udp ") < answer.find(" tcp ") if tcp else " tcp " not in answer
        running.close()


def test_relays_are_our_own_addresses_and_names_run_out(sfu: Sfu) -> None:
    here = [f"127.0.0.1:{sfu.port}"]
    assert sfu.relays("room") == (here, here)
    before = int(time.time())
    name, password = sfu.credentials("room", "ann")
    expiry, owner = name.split(":")
    assert owner == "room/ann"
    assert before + 300 <= int(expiry) <= time.time() + 300
    assert sfu.credentials("room", "bob")[1] != password


def test_slots_tell_who_is_where(sfu: Sfu, participant_offer: str) -> None:
    sfu.open_room("room")
    for name in ("ann", "bob"):
        sfu.join("room", name, participant_offer)
    slots = sfu.slots("room", "bob")
    assert len(slots) == 18
    taken = [slot for slot in slots if slot.publisher is not None]
    assert taken == [
        Slot(mid="4", source="microphone", publisher="ann"),
        Slot(mid="11", source="camera", publisher="ann"),
    ]


def test_an_observer_receives_and_is_in_no_slot(
    sfu: Sfu, participant_offer: str, observer_offer: str
) -> None:
    sfu.open_room("room")
    sfu.join("room", "ann", participant_offer)
    sfu.join("room", "eve", observer_offer, observer=True)
    assert {slot.publisher for slot in sfu.slots("room", "eve")} == {"ann", None}
    assert {slot.publisher for slot in sfu.slots("room", "ann")} == {None}
    with pytest.raises(SfuError):
        sfu.set_track("room", "eve", "camera", True)
    with pytest.raises(SdpRejected):
        sfu.join("room", "mallory", participant_offer, observer=True)


def test_a_screen_takes_a_slot_while_it_is_on(sfu: Sfu, participant_offer: str) -> None:
    sfu.open_room("room")
    for name in ("ann", "bob"):
        sfu.join("room", name, participant_offer)

    def screens() -> list[str | None]:
        return [slot.publisher for slot in sfu.slots("room", "bob") if slot.source == "screen"]

    assert screens() == [None, None]
    sfu.set_track("room", "ann", "screen", True)
    assert screens() == ["ann", None]
    sfu.set_track("room", "ann", "screen", False)
    assert screens() == [None, None]


def test_a_rejoin_keeps_the_slot_and_a_leave_frees_it(sfu: Sfu, participant_offer: str) -> None:
    sfu.open_room("room")
    for name in ("ann", "bob", "cy"):
        sfu.join("room", name, participant_offer)
    before = sfu.slots("room", "cy")
    sfu.join("room", "ann", participant_offer)
    assert sfu.slots("room", "cy") == before
    sfu.leave("room", "ann")
    assert [slot.publisher for slot in sfu.slots("room", "cy")[:2]] == [None, "bob"]


def test_an_ice_restart_gets_new_credentials_on_the_same_lines(
    sfu: Sfu, participant_offer: str
) -> None:
    sfu.open_room("room")
    first = sfu.join("room", "ann", participant_offer)
    ufrag = next(line for line in first.splitlines() if line.startswith("a=ice-ufrag:"))
    restarted = participant_offer.replace("a=ice-ufrag:KCc/", "a=ice-ufrag:new1")
    second = sfu.renegotiate("room", "ann", restarted)
    assert ufrag not in second
    assert second.count("\r\nm=") == 22
    with pytest.raises(SdpRejected):
        sfu.renegotiate(
            "room", "ann", participant_offer.replace("a=mid:21", "a=mid:x").replace(" 21", " x")
        )


def test_refusals_are_typed_and_change_nothing(sfu: Sfu, participant_offer: str) -> None:
    with pytest.raises(RoomNotFound):
        sfu.join("nowhere", "ann", participant_offer)
    with pytest.raises(RoomNotFound):
        sfu.close_room("nowhere")
    sfu.open_room("room")
    with pytest.raises(ParticipantNotFound):
        sfu.leave("room", "nobody")
    with pytest.raises(SdpRejected, match="v=0"):
        sfu.join("room", "ann", "hello")
    with pytest.raises(SdpRejected, match="longer than"):
        sfu.join("room", "ann", "v=0\r\n" + "a=x\r\n" * 100_000)
    with pytest.raises(ValueError, match="participant id"):
        sfu.join("room", "not an id", participant_offer)
    with pytest.raises(ValueError, match="no source"):
        sfu.set_track("room", "ann", "nose", True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert sfu.room_stats("room").participants == 0


def test_a_ninth_participant_finds_the_room_full(sfu: Sfu, participant_offer: str) -> None:
    sfu.open_room("room")
    for number in range(8):
        sfu.join("room", f"p{number}", participant_offer)
    with pytest.raises(RoomFull):
        sfu.join("room", "p8", participant_offer)
    sfu.join("room", "p3", participant_offer)


def test_rooms_with_the_same_names_are_apart(sfu: Sfu, participant_offer: str) -> None:
    for room in ("one", "two"):
        sfu.open_room(room)
        sfu.join(room, "ann", participant_offer)
    sfu.leave("one", "ann")
    assert len(sfu.slots("two", "ann")) == 18
    sfu.close_room("one")
    with pytest.raises(RoomNotFound):
        sfu.slots("one", "ann")
    assert sfu.stats().rooms == 1


def test_opening_twice_keeps_the_room(sfu: Sfu, participant_offer: str) -> None:
    sfu.open_room("room")
    sfu.join("room", "ann", participant_offer)
    sfu.open_room("room")
    assert sfu.room_stats("room").participants == 1


async def test_events_wake_the_loop_and_come_as_a_batch(sfu: Sfu, participant_offer: str) -> None:
    loop = asyncio.get_running_loop()
    batch: asyncio.Future[list[Event]] = loop.create_future()

    def take() -> None:
        loop.remove_reader(sfu.fileno())
        batch.set_result(sfu.events())

    loop.add_reader(sfu.fileno(), take)
    sfu.open_room("room")
    await asyncio.to_thread(sfu.join, "room", "ann", participant_offer)
    events = await asyncio.wait_for(batch, timeout=5)
    changed = events[0]
    assert isinstance(changed, SlotsChanged)
    assert (changed.room, changed.participant, len(changed.slots)) == ("room", "ann", 18)
    assert sfu.events() == []


def test_stats_count_what_strangers_send(sfu: Sfu) -> None:
    before = sfu.stats()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(50):
            stranger.sendto(b"\x80" * 100, ("127.0.0.1", sfu.port))
        stranger.settimeout(0)
        _until(lambda: sfu.stats().dropped_unknown_address - before.dropped_unknown_address == 50)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    assert sfu.stats().bytes_out == before.bytes_out


def test_stats_count_what_is_cut_and_whom_the_relay_does_not_know(sfu: Sfu) -> None:
    with socket.create_connection(("127.0.0.1", sfu.port)) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        stranger.settimeout(5)
        assert stranger.recv(100) == b""
    allocate = b"\0\3\0\0\x21\x12\xa4\x42" + bytes(12)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(allocate, ("127.0.0.1", sfu.port))
        _until(lambda: sfu.stats().turn_challenged == 1)
    stats = sfu.stats()
    assert (stats.tcp_accepted, stats.tcp_cut, stats.tcp_connections) == (1, 1, 0)
    assert (stats.turn_allocated, stats.turn_allocations) == (0, 0)


def test_a_port_that_is_taken_is_an_os_error(sfu: Sfu) -> None:
    with pytest.raises(OSError, match="in use") as refused:
        Sfu(port=sfu.port)
    assert refused.value.errno is not None


@pytest.mark.parametrize(
    ("host", "advertise"),
    [
        ("0.0.0.0", ()),
        ("127.0.0.1", ("0.0.0.0",)),
        ("127.0.0.1", ("media.example",)),
        ("nowhere", ()),
    ],
)
def test_addresses_that_cannot_work_are_value_errors(host: str, advertise: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"address|advertise|leads nowhere"):
        Sfu(host=host, port=0, advertise=advertise)


def test_what_is_advertised_is_what_browsers_are_told(participant_offer: str) -> None:
    sfu = Sfu(host="0.0.0.0", port=0, advertise=["192.0.2.10", "198.51.100.7:443"])
    try:
        sfu.open_room("room")
        answer = sfu.join("room", "ann", participant_offer)
    finally:
        sfu.close()
    candidates = [line.split()[4:6] for line in answer.splitlines() if "a=candidate:" in line]
    told = [["192.0.2.10", str(sfu_port(answer))], ["198.51.100.7", "443"]]
    assert candidates == [*told, *told]  # UDP, then TCP


def sfu_port(answer: str) -> int:
    return int(next(line for line in answer.splitlines() if "192.0.2.10" in line).split()[5])


def test_a_closed_sfu_refuses_everything(participant_offer: str) -> None:
    sfu = Sfu(port=0)
    sfu.close()
    sfu.close()
    for use in (lambda: sfu.open_room("room"), sfu.events, sfu.stats, sfu.fileno, lambda: sfu.port):
        with pytest.raises(SfuError, match="closed"):
            use()


def test_commands_from_many_threads_all_get_their_own_answer(
    sfu: Sfu, participant_offer: str
) -> None:
    failures: list[BaseException] = []

    def live(room: str) -> None:
        try:
            for _ in range(5):
                sfu.open_room(room)
                sfu.join(room, room, participant_offer)
                assert sfu.room_stats(room).participants == 1
                sfu.close_room(room)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=live, args=(f"room-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    assert sfu.stats().rooms == 0


def test_answers_are_frozen_values(sfu: Sfu) -> None:
    sfu.open_room("room")
    assert isinstance(sfu.stats(), Stats)
    assert isinstance(sfu.room_stats("room"), RoomStats)
    with pytest.raises(dataclasses.FrozenInstanceError):
        sfu.stats().rooms = 7  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def _until(condition: object) -> None:
    assert callable(condition)
    reached = threading.Event()
    for _ in range(500):
        if condition():
            return
        reached.wait(0.01)
    raise AssertionError("the condition was not reached within 5 s")
