"""What waits to be sent on one socket: its own frames, then the conversation's, then the close.

The writer is woken and pulls; nothing is queued here that the conversation does not keep anyway.
"""

import asyncio
from collections import deque

from vivavoce.contracts.sockets import CLOSE_TOO_MUCH
from vivavoce.services.signaling.conversation import Conversation


class Outlet:
    """Filled on the event loop, emptied by one writer task."""

    def __init__(self, *, bare_frames_max: int) -> None:
        self.conversation: Conversation | None = None
        self.close_code: int | None = None
        self.is_cut = asyncio.Event()
        self._wake = asyncio.Event()
        self._bare: deque[str] = deque()
        self._bare_frames_max = bare_frames_max

    def push(self, frame: str) -> None:
        """A frame of this socket only. Too many of them cut it: the peer asks and does not read."""
        if len(self._bare) >= self._bare_frames_max:
            self.cut(CLOSE_TOO_MUCH)
            return
        self._bare.append(frame)
        self._wake.set()

    def attach(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._wake.set()

    def detach(self) -> None:
        """Another socket goes on with the conversation."""
        self.conversation = None

    def wake(self) -> None:
        """The conversation has something new."""
        self._wake.set()

    def close(self, code: int) -> None:
        """Close after everything that waits; the first code counts."""
        if self.close_code is None:
            self.close_code = code
        self._wake.set()

    def cut(self, code: int) -> None:
        """Close now; what waits is not sent."""
        self.close(code)
        self.is_cut.set()

    async def wait(self) -> None:
        """Until there may be something to do."""
        await self._wake.wait()
        self._wake.clear()

    def next_frame(self) -> str | None:
        if self._bare:
            return self._bare.popleft()
        return self.conversation.next_frame() if self.conversation else None
