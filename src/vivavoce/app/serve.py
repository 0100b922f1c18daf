"""Run the program under uvicorn until it is told to stop; say where it is when it answers."""

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass

import uvicorn
import uvloop
from fastapi import FastAPI

from vivavoce.app.data_dir import DataDir
from vivavoce.app.door import Behind, FromDoor
from vivavoce.app.heads import BoundedHttp
from vivavoce.services.collab.lending import LendingProtocol

FRAME_BYTES_MAX = 1 << 20  # each socket has a smaller limit of its own
SOCKET_QUEUE_FRAMES = 32
DRAIN_S = 5
BACKLOG = 512
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class PortTaken(Exception):
    """The address cannot be listened on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The bound HTTP socket, the URL under which people reach it, and the one that works on this machine; and the socket of the door."""

    socket: socket.socket
    url: str
    local_url: str
    behind: Behind | None = None


def listen(host: str, port: int, public_url: str | None) -> Listening:
    """Bind before anything else is opened, so that a taken port changes nothing.

    Raises:
        PortTaken: something else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        message = f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --host and --port."
        raise PortTaken(message) from error
    local_url = f"http://{_shown(host)}:{listener.getsockname()[1]}"
    return Listening(listener, public_url or local_url, local_url)


def _shown(host: str) -> str:
    """The host of a URL for this address. Not every machine has a ``localhost`` in IPv6."""
    if host == "127.0.0.1" or ipaddress.ip_address(host).is_unspecified:
        return "localhost"
    return f"[{host}]" if ":" in host else host


class _Server(uvicorn.Server):
    """uvicorn, with a word when it answers, and without ending the process before the services have ended."""

    def __init__(
        self, config: uvicorn.Config, behind: Behind | None, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._behind = behind
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._behind:
            await self._serve_door(self._behind)
        if self.started:
            self._on_ready()

    async def _serve_door(self, behind: Behind) -> None:
        """As uvicorn serves its own sockets, with the line before it read first."""

        def protocol() -> asyncio.Protocol:
            return BoundedHttp(
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state
            )

        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(lambda: FromDoor(protocol), sock=behind.socket)
        self.servers.append(server)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


Life = Callable[[], AbstractAsyncContextManager[FastAPI]]


def run(life: Life, listening: Listening, data: DataDir, on_ready: Callable[[], None]) -> int:
    """Serve until SIGINT or SIGTERM; 0 after a clean shutdown. ``life`` is entered before the first request and left after the last.

    Raises:
        AppError: a service cannot start.
        DataDirError: the data folder cannot be written to.
    """

    def ready() -> None:
        data.announce_server(listening.local_url)
        on_ready()

    async def serve() -> None:
        async with life() as app:
            await _Server(_config(app), listening.behind, ready).serve(sockets=[listening.socket])

    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    return 0


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        http=BoundedHttp,
        ws=LendingProtocol,
        ws_max_size=FRAME_BYTES_MAX,
        ws_max_queue=SOCKET_QUEUE_FRAMES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
