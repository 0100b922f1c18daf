"""What a participant's browser noted of the call: its shape, and how it grows without doubling. Pure.

The shapes admit states, figures and names from fixed lists only: a log has no place for a secret, for what people
typed, or for the name of a device.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from vivavoce.contracts.media import Layer, Source
from vivavoce.kernel.errors import LimitExceeded
from vivavoce.kernel.ids import InterviewId, ParticipantId

ENTRIES_MAX = 200  # of one batch
LINES_MAX = 40  # of one sample: 4 up, two of them in layers, and 20 down
PAGE_LENGTH_MAX = 40
PAGES_MAX = 50  # one for each time the page is loaded
BATCH_BYTES_MAX = 256 << 10
PIECE_BYTES = 32 << 10  # a piece that is larger is followed by the next one
LOG_BYTES_MAX = 4 << 20  # of one participant; about four hours of four people
COUNT_MAX = 1 << 40
AGE_MS_MAX = 24 * 3600 * 1000

Count = Annotated[int, Field(ge=0, le=COUNT_MAX)]
Figure = Annotated[float, Field(ge=0, le=COUNT_MAX, allow_inf_nan=False)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class LogFull(LimitExceeded):
    """The participant's log is as long as it may be."""

    code = "log_full"


class _Entry(BaseModel):
    """``seq`` counts the page's entries; ``ago_ms`` says how long before the batch was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int = Field(ge=1, le=COUNT_MAX)
    ago_ms: int = Field(ge=0, le=AGE_MS_MAX)


class StateEntry(_Entry):
    """Something is in another state: the call, the peer connection's ICE or DTLS, the signalling socket, the page."""

    kind: Literal["state"]
    of: Literal["page", "call", "ice", "dtls", "signaling"]
    state: Word


class DeviceEntry(_Entry):
    """What became of a device, and why it cannot be used if it cannot."""

    kind: Literal["device"]
    device: Literal["microphone", "camera", "screen", "speaker"]
    event: Word
    problem: Word | None = None


class ErrorEntry(_Entry):
    """The kind of error; never its message, which may quote what it met."""

    kind: Literal["error"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class GapEntry(_Entry):
    """So many entries before this one were given up because the server could not be reached for long."""

    kind: Literal["gap"]
    count: Count


class LineSample(BaseModel):
    """One line of the call over one sample; counts are of what came or went in that time.

    ``lost`` of an upward line is what the server reports. ``picture`` says what is shown of a line of video that
    comes down, and why none is if none is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: Literal["up", "down"]
    source: Source
    layer: Layer | None = None
    publisher: Annotated[str, Field(max_length=64)] | None = None
    bitrate_kbps: Figure
    packets: Count
    lost: Count
    jitter_ms: Figure | None = None
    round_trip_ms: Figure | None = None
    fps: Figure | None = None
    width: Count | None = None
    height: Count | None = None
    limit: Literal["none", "cpu", "bandwidth", "other"] | None = None
    freezes: Count | None = None
    frozen_ms: Count | None = None
    concealed_samples: Count | None = None
    samples: Count | None = None
    picture: (
        Literal["shown", "off", "paused", "declined", "hidden", "awaited", "blocked"] | None
    ) = None


class SampleEntry(_Entry):
    """The call's figures over ``over_ms``; ``path`` is how its packets travel."""

    kind: Literal["sample"]
    over_ms: int = Field(ge=1, le=600_000)
    round_trip_ms: Figure | None = None
    path: Literal["udp", "tcp", "relay-udp", "relay-tcp", "relay-tls", "websocket"] | None = None
    lines: list[LineSample] = Field(max_length=LINES_MAX)


Entry = Annotated[
    StateEntry | DeviceEntry | ErrorEntry | GapEntry | SampleEntry, Field(discriminator="kind")
]


class Batch(BaseModel):
    """Entries of one loading of the page, in their order. The same again changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: str = Field(pattern=r"^[A-Za-z0-9-]{1,40}$", max_length=PAGE_LENGTH_MAX)
    entries: list[Entry] = Field(min_length=1, max_length=ENTRIES_MAX)


class Noted(BaseModel):
    """An entry with its page and its time by the server's clock, in ms."""

    model_config = ConfigDict(frozen=True)

    page: str
    at: int
    entry: Entry


class Piece(BaseModel):
    """A stretch of one participant's log; with it goes what has to be known to go on.

    ``seen``: the highest ``seq`` of each page. ``bytes_before``: of all pieces before this one.
    """

    model_config = ConfigDict(frozen=True)

    interview: InterviewId
    participant: ParticipantId
    number: int = 0
    seen: dict[str, int] = Field(default_factory=dict[str, int])
    bytes_before: int = 0
    bytes: int = 0
    notes: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])


_NOTES = TypeAdapter(list[Noted])


def grown(piece: Piece, batch: Batch, *, at: int) -> Piece:
    """The piece with what is new in the batch, or the piece after it; the same one if nothing is new.

    Raises:
        LogFull: ``LOG_BYTES_MAX``, ``BATCH_BYTES_MAX`` or ``PAGES_MAX`` is exceeded.
    """
    seen = piece.seen.get(batch.page, 0)
    fresh = [entry for entry in batch.entries if entry.seq > seen]
    if not fresh:
        return piece
    notes = [Noted(page=batch.page, at=at - entry.ago_ms, entry=entry) for entry in fresh]
    size = len(_NOTES.dump_json(notes, exclude_none=True))
    pages = piece.seen | {batch.page: max(entry.seq for entry in fresh)}
    if size > BATCH_BYTES_MAX or len(pages) > PAGES_MAX:
        raise LogFull("The log of this call is not kept any further.")
    if piece.bytes_before + piece.bytes + size > LOG_BYTES_MAX:
        raise LogFull("The log of this call is as long as it may be.")
    added = _NOTES.dump_python(notes, mode="json", exclude_none=True)
    before = piece if piece.bytes < PIECE_BYTES else _after(piece)
    return before.model_copy(
        update={"seen": pages, "bytes": before.bytes + size, "notes": [*before.notes, *added]}
    )


def _after(piece: Piece) -> Piece:
    return piece.model_copy(
        update={
            "number": piece.number + 1,
            "bytes_before": piece.bytes_before + piece.bytes,
            "bytes": 0,
            "notes": [],
        }
    )


def notes_of(piece: Piece) -> list[Noted]:
    """Everything in the piece, as it came."""
    return _NOTES.validate_python(piece.notes)
