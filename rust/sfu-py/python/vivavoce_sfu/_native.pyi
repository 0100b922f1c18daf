from collections.abc import Mapping, Sequence
from os import PathLike
from typing import final

from ._types import (
    Event,
    ParticipantStats,
    RoomStats,
    Slot,
    Source,
    Stats,
    VideoLimit,
    Voice,
)

__all__ = ["Sfu"]

@final
class Sfu:
    """A running SFU: sockets and media threads. All methods may be called from any thread.

    Room and participant ids are 1 to 64 characters of `A-Z a-z 0-9 _ -` (else ValueError).
    Methods raise SfuError when the SFU is closed.
    """

    def __new__(
        cls,
        *,
        host: str = "127.0.0.1",
        port: int = 7882,
        advertise: Sequence[str] = (),
        shards: int = 1,
        tcp: bool = True,
        door: tuple[int, PathLike[str], PathLike[str], PathLike[str]] | None = None,
        video_bps: tuple[int, int] | None = None,
    ) -> Sfu:
        """Binds `host`:`port` (UDP, and TCP if `tcp`) and starts.

        `port` 0 lets the kernel choose. `advertise` are the addresses that browsers are told, `ip` or
        `ip:port`; default the bound one, and `0.0.0.0` needs at least one. Each of `shards` threads has
        a port of its own: `port`, `port` + 1, and so on.

        `door` is a TCP port for HTTPS and media together: its number, the PEM files of certificate and key, and
        the Unix socket to which HTTP is handed, each connection after one line of the PROXY protocol, version 1.
        It needs a single shard.

        `video_bps`: the floor below which one receiver is sent no pictures, and the ceiling of what all of them take
        together, in bits a second.

        Raises: OSError if a port is taken (its `filename` is "door" for that of `door`), ValueError for an
        address or a certificate that cannot work.
        """

    @property
    def port(self) -> int:
        """The port of the first shard."""

    @property
    def door_port(self) -> int | None:
        """The port for HTTPS and media."""

    def credentials(self, room: str, participant: str) -> tuple[str, str]:
        """A name and a password for the relay, good for five minutes to allocate. Must not be logged."""

    def relays(self, room: str) -> tuple[Sequence[str], Sequence[str]]:
        """Where the relay for this room is, over UDP and over TCP: the addresses that browsers are told."""

    def open_room(self, room: str) -> None:
        """Opens a room; one that is open stays as it is, one that failed starts empty.

        Raises: RoomFull when the SFU has no place for another room.
        """

    def close_room(self, room: str) -> None:
        """Says goodbye to everybody in the room and forgets it. Raises: RoomNotFound."""

    def join(self, room: str, participant: str, offer: str, *, observer: bool = False) -> str:
        """Seats somebody and answers the SDP offer.

        The same participant again is a rejoin: the old session is replaced, its tracks stay switched as
        they were and it keeps its slots at the others.

        Raises: SdpRejected, RoomNotFound, RoomFull, RoomFailedError.
        """

    def join_voice(self, room: str, participant: str, *, observer: bool = False) -> Voice:
        """Seats somebody who brings and gets Opus frames instead of packets; no picture is sent to them.

        As `join` otherwise. Nothing flows before `begin_voice`, and the seat is reported lost if that does not come.

        Raises: RoomNotFound, RoomFull, RoomFailedError, SfuError.
        """

    def begin_voice(self, room: str, voice: int) -> None:
        """Connects the voice: somebody is there to speak and to hear."""

    def end_voice(self, room: str, voice: int) -> None:
        """No frame comes or goes any more; the seat stays. One that has ended is no error."""

    def speak(self, room: str, voice: int, frame: bytes) -> None:
        """A frame (`protocol/voice.md`) of the voice's microphone. It does not wait. Raises: ValueError for no frame."""

    def heard_fileno(self) -> int:
        """A descriptor that is readable while `heard` has something. Never read it."""

    def heard(self) -> list[tuple[int, bytes | None, tuple[int, int] | None]]:
        """What voices heard, oldest first, each with the voice's number: a frame, or how many frames it spoke and how
        many of them came too late, or neither when it broke."""

    def renegotiate(self, room: str, participant: str, offer: str) -> str:
        """Answers an ICE restart on the present session.

        Raises: SdpRejected, RoomNotFound, ParticipantNotFound, RoomFailedError.
        """

    def leave(self, room: str, participant: str) -> None:
        """Frees the seat. Raises: RoomNotFound, ParticipantNotFound, RoomFailedError."""

    def set_track(self, room: str, participant: str, source: Source, forward: bool) -> None:
        """Lets a track pass (True) or holds it back: then no packet of it leaves the SFU.

        All pass at first but the screen; switching the screen on takes a screen slot at everybody
        (two at most, a third screen waits), switching it off frees it.

        Raises: RoomNotFound, ParticipantNotFound, RoomFailedError, ValueError for an unknown source,
        SfuError for an observer.
        """

    def set_view(self, room: str, participant: str, sizes: Mapping[str, tuple[int, int]]) -> None:
        """Takes the sizes of a receiver's tiles: width and height in device pixels by the `mid` of the line.

        A line that is not mentioned is as large as possible; 0 is a tile that nobody sees. Replaces what was
        said before; a rejoin forgets it.

        Raises: SlotNotFound, RoomNotFound, ParticipantNotFound, RoomFailedError.
        """

    def set_video_limit(self, room: str, participant: str, limit: VideoLimit) -> None:
        """Takes somebody's word on whether to receive video at all: `"none"` leaves them the sound.

        Raises: RoomNotFound, ParticipantNotFound, RoomFailedError, ValueError for another limit.
        """

    def slots(self, room: str, participant: str) -> list[Slot]:
        """The receive slots of a participant, in offer order.

        Raises: RoomNotFound, ParticipantNotFound, RoomFailedError.
        """

    def stats(self) -> Stats:
        """Counters of the whole SFU; they only rise."""

    def room_stats(self, room: str) -> RoomStats:
        """Counters of one room. Raises: RoomNotFound, RoomFailedError."""

    def participant_stats(self, room: str, participant: str) -> ParticipantStats:
        """How one participant's connection is now.

        Raises: RoomNotFound, ParticipantNotFound, RoomFailedError.
        """

    def fileno(self) -> int:
        """A descriptor that is readable while events wait; for `loop.add_reader`. Never read it."""

    def events(self) -> list[Event]:
        """Takes all events that wait, oldest first."""

    def close(self) -> None:
        """Stops all threads. Idempotent."""
