"""The use-cases of logs: keep what browsers send, hand it out, and judge the call by it."""

from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator

from vivavoce.contracts.rights import Action, may
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.documents import VersionConflict
from vivavoce.kernel.errors import Conflict, Forbidden
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.kernel.rates import TokenBuckets
from vivavoce.services.interviews.log import Batch, Noted, grown, notes_of
from vivavoce.services.interviews.log_store import LogStore
from vivavoce.services.interviews.model import Attendance
from vivavoce.services.interviews.report import CallReport, Tally, report
from vivavoce.services.interviews.service import Asker
from vivavoce.services.interviews.store import InterviewStore, OfParticipant

BATCHES_PER_MINUTE = 12  # browsers send every 20 s, and once more when they leave
BATCHES_BURST = 12
KEEP_ATTEMPTS_MAX = 3  # two tabs of one participant at the same moment
PIECES_KNOWN_MAX = 10_000  # participants; of one beyond it the pieces are looked through again


class NotInRoom(Conflict):
    """Only who is or was in the room has something to note; so an invitation makes no end of logs."""

    code = "not_in_room"

    def __init__(self) -> None:
        super().__init__("You have not been in this interview's room yet.")


class NotForYou(Forbidden):
    """The role may not do this with logs."""

    def __init__(self) -> None:
        super().__init__("Only interviewers can see how everybody's connection was.")


class ClientLogs:
    """What is in a log is ``log.py``'s; here is who may, and that nothing is kept twice."""

    def __init__(self, interviews: InterviewStore, logs: LogStore, clock: Clock) -> None:
        self._interviews = interviews
        self._logs = logs
        self._clock = clock
        self._rates = TokenBuckets(clock, per_minute=BATCHES_PER_MINUTE, burst=BATCHES_BURST)
        self._known: OrderedDict[ParticipantId, int] = OrderedDict()

    async def keep(self, who: JoinClaims, interview: InterviewId, batch: Batch) -> None:
        """Add the batch to the sender's own log.

        Raises:
            NotFound: the token is for another interview, or there is none.
            TooOften, NotInRoom, LogFull: as they say.
        """
        found = await self._interviews.get(OfParticipant(who.interview), interview)
        if not may(who.role, Action.KEEP_LOG, found.interview.state):
            raise NotForYou
        self._rates.take(who.participant)
        if not await self._interviews.has_been_in(interview, who.participant):
            raise NotInRoom
        for attempt in range(1, KEEP_ATTEMPTS_MAX + 1):
            try:
                await self._keep_once(who.participant, interview, batch)
            except VersionConflict:
                if attempt == KEEP_ATTEMPTS_MAX:
                    raise
            else:
                return

    async def _keep_once(
        self, participant: ParticipantId, interview: InterviewId, batch: Batch
    ) -> None:
        known = self._known.get(participant, 0)
        piece, version = await self._logs.last(interview, participant, known=known)
        after = grown(piece, batch, at=self._clock.now())
        if after is not piece:
            is_next = after.number != piece.number
            await self._logs.put(after, expected_version=0 if is_next else version)
        self._remember(participant, after.number)

    def _remember(self, participant: ParticipantId, number: int) -> None:
        self._known[participant] = number
        self._known.move_to_end(participant)
        if len(self._known) > PIECES_KNOWN_MAX:
            self._known.popitem(last=False)

    async def open(self, asker: Asker, interview: InterviewId) -> list[Attendance]:
        """Whose logs there may be, for somebody who may read them.

        Raises:
            NotFound, NotForYou: as they say.
        """
        found = await self._interviews.get(asker.scope, interview)
        if not may(asker.role, Action.READ_LOG, found.interview.state):
            raise NotForYou
        return await self._interviews.roster(interview)

    async def report(self, asker: Asker, interview: InterviewId) -> CallReport:
        """How the call went for each participant.

        Raises:
            NotFound, NotForYou: as they say.
        """
        roster = await self.open(asker, interview)
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        async for participant, note in self.notes(interview):
            tallies[participant].add(note)
        return report(interview, roster, tallies)

    async def notes(self, interview: InterviewId) -> AsyncIterator[tuple[ParticipantId, Noted]]:
        """All that was noted, by participant; of one participant as it came."""
        async for piece in self._logs.all(interview):
            for note in notes_of(piece):
                yield piece.participant, note
