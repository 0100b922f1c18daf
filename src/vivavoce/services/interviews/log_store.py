"""Logs as documents: each participant's in numbered pieces, each of which is written whole."""

from collections.abc import AsyncIterator

from vivavoce.kernel.documents import Collection, Documents
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.interviews.log import Piece

PIECES_READ = 16  # at once, so that long logs are never in memory whole

_PIECES = Collection("interviews.log", frozenset({"interview"}))


class LogStore:
    """Typed access to the pieces. ``LOG_BYTES_MAX`` over ``PIECE_BYTES`` bounds their number."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def last(
        self, interview: InterviewId, participant: ParticipantId, *, known: int
    ) -> tuple[Piece, int]:
        """The participant's newest piece and its version, looked for from number ``known`` on.

        An empty one of version 0 if there is none.
        """
        piece, version = Piece(interview=interview, participant=participant), 0
        number = known
        while found := await self._documents.get(_PIECES, _id(participant, number)):
            piece, version = Piece.model_validate(found.body), found.version
            number += 1
        return piece, version

    async def put(self, piece: Piece, *, expected_version: int) -> None:
        """Raises ``VersionConflict`` if somebody was faster."""
        await self._documents.put(
            _PIECES,
            _id(piece.participant, piece.number),
            piece.model_dump(mode="json"),
            expected_version=expected_version,
        )

    async def all(self, interview: InterviewId) -> AsyncIterator[Piece]:
        """Everybody's pieces, by participant and number."""
        after: str | None = None
        while True:
            page = await self._documents.find(
                _PIECES, {"interview": interview}, limit=PIECES_READ, after=after
            )
            for found in page:
                yield Piece.model_validate(found.body)
            if len(page) < PIECES_READ:
                return
            after = page[-1].id


def _id(participant: ParticipantId, number: int) -> str:
    return f"{participant}/{number:06d}"
