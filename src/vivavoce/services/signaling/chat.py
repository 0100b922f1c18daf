"""The room's chat: bounded, and each line once however often it is sent."""

from collections import OrderedDict
from collections.abc import Iterable

from vivavoce.contracts.messages import ChatLine

CHAT_LINES_MAX = 500  # what a newcomer sees; older lines stay in the store


class ChatHistory:
    """The newest lines, oldest first."""

    def __init__(self, lines: Iterable[ChatLine] = ()) -> None:
        self._lines: OrderedDict[str, ChatLine] = OrderedDict()
        for line in lines:
            self.add(line)

    def __contains__(self, line_id: str) -> bool:
        return line_id in self._lines

    def add(self, line: ChatLine) -> None:
        self._lines[line.id] = line
        if len(self._lines) > CHAT_LINES_MAX:
            self._lines.popitem(last=False)

    def lines(self) -> list[ChatLine]:
        return list(self._lines.values())
