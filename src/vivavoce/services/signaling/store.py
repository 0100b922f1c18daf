"""What outlives the process: the chat, one document a line in the order of the room, and who was removed."""

from vivavoce.contracts.messages import ChatLine
from vivavoce.kernel.documents import FIND_LIMIT_MAX, Collection, Document, Documents
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.signaling.chat import CHAT_LINES_MAX
from vivavoce.services.signaling.inputs import Kept

CHAT = Collection("signaling.chat", frozenset({"interview"}))
REMOVED = Collection("signaling.removed", frozenset({"interview"}))


class RoomStore:
    """Documents are only ever added; adding one twice is a ``VersionConflict`` and changes nothing."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def load(self, interview: InterviewId) -> Kept:
        chat = await self._find(CHAT, interview)
        removed = await self._find(REMOVED, interview)
        return Kept(
            chat=tuple(
                ChatLine.model_validate(document.body["line"])
                for document in chat[-CHAT_LINES_MAX:]
            ),
            chat_count=len(chat),
            removed=frozenset(ParticipantId(found.body["participant"]) for found in removed),
        )

    async def keep_chat(self, interview: InterviewId, line: ChatLine) -> None:
        body = {"interview": interview, "line": line.model_dump(mode="json")}
        await self._documents.put(
            CHAT, f"{interview}/{line.at:015d}/{line.id}", body, expected_version=0
        )

    async def keep_removal(self, interview: InterviewId, participant: ParticipantId) -> None:
        body = {"interview": interview, "participant": participant}
        await self._documents.put(REMOVED, f"{interview}/{participant}", body, expected_version=0)

    async def _find(self, collection: Collection, interview: InterviewId) -> list[Document]:
        """All of them; ``CHAT_LINES_STORED_MAX`` bounds their number."""
        found: list[Document] = []
        while True:
            page = await self._documents.find(
                collection,
                {"interview": interview},
                limit=FIND_LIMIT_MAX,
                after=found[-1].id if found else None,
            )
            found += page
            if len(page) < FIND_LIMIT_MAX:
                return found
