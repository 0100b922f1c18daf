"""Chat that outlives the process: one document a line, in the order of the room."""

from vivavoce.contracts.messages import ChatLine
from vivavoce.kernel.documents import FIND_LIMIT_MAX, Collection, Documents
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.signaling.chat import CHAT_LINES_MAX

CHAT = Collection("signaling.chat", frozenset({"interview"}))


class ChatStore:
    """Lines are only ever added."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def load(self, interview: InterviewId) -> list[ChatLine]:
        """The newest lines, oldest first."""
        lines: list[ChatLine] = []
        after = None
        while True:
            found = await self._documents.find(
                CHAT, {"interview": interview}, limit=FIND_LIMIT_MAX, after=after
            )
            lines += [ChatLine.model_validate(document.body["line"]) for document in found]
            lines = lines[-CHAT_LINES_MAX:]
            if len(found) < FIND_LIMIT_MAX:
                return lines
            after = found[-1].id

    async def keep(self, interview: InterviewId, line: ChatLine) -> None:
        """Raises:
        VersionConflict: it was kept before.
        """
        body = {"interview": interview, "line": line.model_dump(mode="json")}
        await self._documents.put(
            CHAT, f"{interview}/{line.at:015d}/{line.id}", body, expected_version=0
        )
