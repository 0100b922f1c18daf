"""The voices of this process: for each, the frames that wait for its socket, and how its sound travels.

Knows no socket and no core: frames go in and out as bytes.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from vivavoce.contracts.media import ParticipantStats, VoiceLine
from vivavoce.contracts.sockets import CLOSE_NOT_FOUND, CLOSE_REPLACED
from vivavoce.contracts.voice import VoicePong
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.ids import InterviewId, ParticipantId

FRAME_BYTES_MAX = 8 + 1275  # the header, and the longest packet of Opus (RFC 6716 §3.4)
WAIT_S_MAX = 0.2  # a frame that waited so long for the socket is let go: better a gap than talk that lags for ever
FRAMES_WAITING_MAX = 128  # of ten lines, more than 200 ms


@dataclass(frozen=True, slots=True)
class Totals:
    """Frames since the voice began. ``taken``, ``late`` and ``unsent`` are of what it spoke, the others of what it is to hear."""

    taken: int = 0
    late: int = 0
    unsent: int = 0
    given: int = 0
    dropped: int = 0
    lost: int = 0


@dataclass(slots=True)
class Voice:
    """One participant's sound over a WebSocket. ``close_code``: it is over, and its socket with it."""

    interview: InterviewId
    participant: ParticipantId
    number: int
    lines: tuple[VoiceLine, ...]
    totals: Totals = Totals()
    round_trip_s: float | None = None
    is_attached: bool = False
    close_code: int | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: deque[tuple[float, bytes]] = field(default_factory=deque[tuple[float, bytes]])
    _looked: Totals = Totals()

    def give(self, frame: bytes, now_s: float) -> None:
        """A frame to hear. The oldest gives way to it when too many wait."""
        if len(self._waiting) == FRAMES_WAITING_MAX:
            self._waiting.popleft()
            self._count(dropped=1)
        self._waiting.append((now_s, frame))
        self._count(given=1)
        self.news.set()

    def next_frame(self, now_s: float) -> bytes | None:
        """The oldest frame that is still worth sending."""
        while self._waiting:
            at_s, frame = self._waiting.popleft()
            if now_s - at_s <= WAIT_S_MAX:
                return frame
            self._count(dropped=1)
        return None

    def spoke(self, taken: int, late: int) -> None:
        """The core's counters of its own frames."""
        self.totals = replace(self.totals, taken=taken, late=late)

    def told(self, pong: VoicePong, round_trip_s: float) -> None:
        """What the browser counted."""
        self.totals = replace(self.totals, lost=pong.lost, unsent=pong.unsent)
        self.round_trip_s = round_trip_s

    def look(self, stats: ParticipantStats) -> ParticipantStats:
        """Those of its way through the core tell nothing of the network; these do. Shares are of the time since the last look."""
        now, before = self.totals, self._looked
        self._looked = now
        sent = now.taken - before.taken + now.unsent - before.unsent
        missing_up = now.late - before.late + now.unsent - before.unsent
        missing_down = now.dropped - before.dropped + now.lost - before.lost
        return replace(
            stats,
            round_trip_s=self.round_trip_s,
            loss_up=_share(missing_up, sent),
            loss_down=_share(missing_down, now.given - before.given),
            estimate_bps=None,
            slots=(),
        )

    def end(self, code: int) -> None:
        """Its socket is closed with ``code``."""
        if self.close_code is None:
            self.close_code = code
            self.news.set()

    def _count(self, *, given: int = 0, dropped: int = 0) -> None:
        totals = self.totals
        self.totals = replace(totals, given=totals.given + given, dropped=totals.dropped + dropped)


def _share(part: int, whole: int) -> float | None:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else None


class Voices:
    """By participant; there is one for each at most. ``end`` is told to the core too."""

    def __init__(self, ended: Callable[[Voice], None]) -> None:
        self._ended = ended
        self._by_participant: dict[tuple[InterviewId, ParticipantId], Voice] = {}
        self._by_number: dict[int, Voice] = {}

    def __len__(self) -> int:
        return len(self._by_number)

    def add(self, voice: Voice) -> None:
        """In place of the participant's old one, if there is one."""
        self.end(voice.interview, voice.participant, CLOSE_REPLACED)
        self._by_participant[voice.interview, voice.participant] = voice
        self._by_number[voice.number] = voice

    def of(self, interview: InterviewId, participant: ParticipantId) -> Voice | None:
        return self._by_participant.get((interview, participant))

    def numbered(self, number: int) -> Voice | None:
        return self._by_number.get(number)

    def attach(self, number: int, interview: InterviewId) -> Voice:
        """The voice, for the one socket that it has.

        Raises:
            NotFound: it is over, or of another interview.
        """
        voice = self._by_number.get(number)
        if voice is None or voice.interview != interview or voice.is_attached:
            message = "This voice is over. The call is joined anew."
            raise NotFound(message)
        voice.is_attached = True
        return voice

    def end(
        self, interview: InterviewId, participant: ParticipantId, code: int = CLOSE_NOT_FOUND
    ) -> None:
        """Idempotent."""
        voice = self._by_participant.pop((interview, participant), None)
        if voice is not None:
            del self._by_number[voice.number]
            voice.end(code)
            self._ended(voice)

    def end_room(self, interview: InterviewId, code: int = CLOSE_NOT_FOUND) -> None:
        for room, participant in list(self._by_participant):
            if room == interview:
                self.end(room, participant, code)

    def end_all(self, code: int) -> None:
        for interview, participant in list(self._by_participant):
            self.end(interview, participant, code)
