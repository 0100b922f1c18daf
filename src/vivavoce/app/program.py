"""The composition root: every service, what it stands on and the order of their lives, in one place and by hand."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from starlette.middleware import Middleware

from vivavoce import __version__
from vivavoce.app import web
from vivavoce.app.data_dir import DataDir
from vivavoce.app.edge import CheckOrigin, LimitBody, SecureHeaders
from vivavoce.app.media_addresses import browser_addresses
from vivavoce.app.serve import Listening
from vivavoce.app.settings import Settings, SettingsError
from vivavoce.backends.sqlite import Embedded, open_embedded
from vivavoce.contracts.http import handle_problems
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.service import Service
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.clock import Clock, SystemClock
from vivavoce.services import auth, collab, interviews, media, runner, signaling
from vivavoce.services.runner import RunnerOptions

PROJECT = Path(__file__).resolve().parents[3]
WEB_DIST = PROJECT / "web" / "dist"

log = structlog.get_logger("vivavoce.app")


def process_registry() -> CollectorRegistry:
    """With what this process takes of the machine: processor time, memory, open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


@dataclass(slots=True)
class Program:
    """All services in one process on embedded backends."""

    settings: Settings
    data: DataDir
    listening: Listening
    clock: Clock = field(default_factory=SystemClock)
    registry: CollectorRegistry = field(default_factory=process_registry)
    owner_link: str = ""

    @asynccontextmanager
    async def life(self) -> AsyncGenerator[FastAPI]:
        """The ASGI application, while the services live.

        Raises:
            AppError: a service cannot start.
        """
        app = self._app()
        async with AsyncExitStack() as stack:
            embedded = await stack.enter_async_context(await open_embedded(self.data.database))
            stack.push_async_callback(
                embedded.bus.close
            )  # after the services, who publish as they end
            services = self._services(embedded)
            for service in services:
                await stack.enter_async_context(service.run())
                for router in service.routers:
                    app.include_router(router)
            app.include_router(_operations(self.registry))
            app.include_router(web.pages(WEB_DIST))
            await embedded.bus.start()
            self.owner_link = await auth.owner_link(
                documents=embedded.documents, clock=self.clock, public_url=self.listening.url
            )
            log.info("started", version=__version__, services=[entry.name for entry in services])
            yield app
            log.info("stopping")

    def _app(self) -> FastAPI:
        app = FastAPI(
            title="Vivavoce",
            version=__version__,
            docs_url=None,
            redoc_url=None,
            openapi_url="/api/openapi.json",
            middleware=[
                Middleware(SecureHeaders),
                Middleware(LimitBody),
                Middleware(CheckOrigin, origins=self._origins()),
            ],
        )
        handle_problems(app)
        app.mount("/assets", web.assets(WEB_DIST))
        return app

    def _services(self, embedded: Embedded) -> list[Service]:
        clock, documents, bus = self.clock, embedded.documents, embedded.bus
        key, origins = self.data.signing_key(), self._origins()
        verifier = TokenVerifier(key, clock)
        sfu = media.create(
            clock=clock,
            origins=origins,
            host=self.settings.media_host or self.settings.host,
            port=self.settings.media_port,
            advertise=browser_addresses(self.settings),
            tcp=self.settings.media_tcp,
            door=door_of(self.settings, self.listening),
            turn=turn_of(self.settings),
            video=video_rates_of(self.settings),
            registry=self.registry,
        )
        return [
            auth.create(
                clock=clock,
                documents=documents,
                bus=bus,
                signing_key=key,
                invitation_key=self.data.invitation_key(),
                public_url=self.settings.public_url,
            ),
            interviews.create(clock=clock, documents=documents, bus=bus, verifier=verifier),
            sfu.service,
            signaling.create(
                clock=clock,
                documents=documents,
                bus=bus,
                media=sfu.media,
                verifier=verifier,
                origins=origins,
                registry=self.registry,
            ),
            collab.create(
                clock=clock,
                bus=bus,
                views=InterviewViews("collab", documents, bus),
                verifier=verifier,
                origins=origins,
                logs=collab.FileLogStore(self.data.documents),
                registry=self.registry,
            ),
            runner.create(
                clock=clock,
                bus=bus,
                views=InterviewViews("runner", documents, bus),
                verifier=verifier,
                origins=origins,
                options=runner_options(self.settings, self.data),
            ),
        ]

    def _origins(self) -> OriginPolicy:
        return OriginPolicy(frozenset({self.listening.url, *self.settings.allowed_origins}))


def door_of(settings: Settings, listening: Listening) -> media.Door | None:
    """The port for HTTPS and media, where one is wanted. The certificate is for the host of an https URL."""
    port, certificate, key = settings.tls_port, settings.tls_certificate, settings.tls_key
    if port is None or certificate is None or key is None or listening.behind is None:
        return None
    url = urlsplit(listening.url)
    host = url.hostname if url.scheme == "https" else None
    return media.Door(port, certificate, key, host, listening.behind.path)


def video_rates_of(settings: Settings) -> media.VideoRates:
    ceiling = settings.video_ceiling_kbps
    return media.VideoRates(
        floor_bps=settings.video_floor_kbps * 1000,
        ceiling_bps=None if ceiling is None else ceiling * 1000,
    )


def turn_of(settings: Settings) -> media.TurnServers | None:
    """The operator's own TURN servers, if there are any.

    Raises:
        SettingsError: their secret cannot be read.
    """
    file = settings.turn_secret_file
    if file is None:
        return None
    try:
        secret = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"VIVAVOCE_TURN_SECRET_FILE cannot be read: {error}.") from error
    if not secret:
        raise SettingsError(f"VIVAVOCE_TURN_SECRET_FILE: {file} is empty.")
    return media.TurnServers(settings.turn_urls, secret)


def runner_options(settings: Settings, data: DataDir) -> RunnerOptions:
    """Where the runner finds toolchains and keeps what it prepares."""
    return RunnerOptions(
        caches=data.runner_caches,
        home=Path.home(),
        project=PROJECT,
        allow_weak=settings.sandbox_allow_weak,
        places=settings.runs_parallel,
    )


def _operations(registry: CollectorRegistry) -> APIRouter:
    """For those who watch the server: is it alive, and its numbers."""
    router = APIRouter()

    @router.get("/api/health", tags=["operations"])
    async def health() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        """Answers while the event loop runs."""
        return {"status": "ok", "version": __version__}

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
