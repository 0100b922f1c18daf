"""The socket's door: Origin before accept, then a connection."""

from fastapi import APIRouter, WebSocket

from vivavoce.contracts.sockets import OriginPolicy, let_in
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.signaling.connection import Connection
from vivavoce.services.signaling.rooms import Rooms


def socket_router(rooms: Rooms, origins: OriginPolicy) -> APIRouter:
    """``WS /api/rooms/{interview}/signaling``."""
    router = APIRouter()

    async def signaling(socket: WebSocket, interview: str) -> None:
        if not await let_in(socket, origins):
            return
        with rooms.around.metrics.sockets.track_inprogress():
            await Connection(socket, InterviewId(interview), rooms).serve()

    router.add_api_websocket_route("/api/rooms/{interview}/signaling", signaling)
    return router
