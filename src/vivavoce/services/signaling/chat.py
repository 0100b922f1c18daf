"""The room's chat: bounded, and each line once however often it is sent."""

from collections import OrderedDict
from collections.abc import Iterable

from vivavoce.contracts.messages import ChatLine
from vivavoce.kernel.errors import LimitExceeded

CHAT_LINES_MAX = 500  # what a newcomer sees; older lines stay in the store
CHAT_LINES_STORED_MAX = 20_000  # of one interview; nobody types as many


class ChatFull(LimitExceeded):
    """No line more is taken."""

    code = "chat_full"


class ChatHistory:
    """The newest lines, oldest first, and the number of all."""

    def __init__(self, lines: Iterable[ChatLine] = (), *, count: int = 0) -> None:
        self._lines = OrderedDict((line.id, line) for line in lines)
        self._count = max(count, len(self._lines))

    def __contains__(self, line_id: str) -> bool:
        return line_id in self._lines

    def add(self, line: ChatLine) -> None:
        """Raises:
        ChatFull: the interview has ``CHAT_LINES_STORED_MAX`` lines.
        """
        if self._count >= CHAT_LINES_STORED_MAX:
            raise ChatFull("This chat is full.")
        self._count += 1
        self._lines[line.id] = line
        if len(self._lines) > CHAT_LINES_MAX:
            self._lines.popitem(last=False)

    def lines(self) -> list[ChatLine]:
        return list(self._lines.values())
