"""Running a stranger's code in a sandbox, for everybody in the room to see.

Owns: the queue of runs, each room's last run while the process lives, the prepared caches of languages.
Publishes: ``run.started``, ``run.finished``.
Consumes: ``interview.created``, ``.started``, ``.ended`` (through ``InterviewViews``), ``participant.left``.
Exposes: ``POST /api/rooms/{id}/runs/ticket``, ``WS /api/rooms/{id}/runs``, ``GET /api/runs/languages``.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vivavoce.contracts.events import ParticipantLeft, read
from vivavoce.contracts.interviews import InterviewView, InterviewViews
from vivavoce.contracts.rights import InterviewState
from vivavoce.contracts.service import Service
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import JoinClaims, TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.events import Event, EventBus
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.runner import http, ws
from vivavoce.services.runner.languages import Language, load_languages
from vivavoce.services.runner.registry import Registry
from vivavoce.services.runner.sandboxes.bubblewrap import BubblewrapOptions, BubblewrapSandbox
from vivavoce.services.runner.service import Runner
from vivavoce.services.runner.tools import Host


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """``caches`` is ours to write; ``home`` and ``project`` are where toolchains besides the system's are looked for.

    ``places`` is how many programs run at once; by default one a processor.
    """

    caches: Path
    home: Path
    project: Path
    allow_weak: bool = False
    places: int | None = None

    @property
    def host(self) -> Host:
        return Host(self.home, self.project)


def create(
    *,
    clock: Clock,
    bus: EventBus,
    views: InterviewViews,
    verifier: TokenVerifier,
    origins: OriginPolicy,
    options: RunnerOptions,
) -> Service:
    """The service, with all languages. ``views`` is its own, made before the bus starts: ``InterviewViews("runner", documents, bus)``."""
    runner = build(load_languages(), clock=clock, bus=bus, views=views, options=options)
    return expose(runner, clock=clock, views=views, verifier=verifier, origins=origins)


def build(
    languages: Sequence[Language],
    *,
    clock: Clock,
    bus: EventBus,
    views: InterviewViews,
    options: RunnerOptions,
) -> Runner:
    """The use-cases alone; hears of interviews that end and of people who are removed."""
    runner = Runner(
        clock=clock,
        bus=bus,
        registry=Registry(languages),
        sandbox=make_sandbox(clock, options),
        host=options.host,
        caches=options.caches,
        places=options.places or os.cpu_count() or 1,
    )
    _consume(runner, bus, views)
    return runner


def expose(
    runner: Runner,
    *,
    clock: Clock,
    views: InterviewViews,
    verifier: TokenVerifier,
    origins: OriginPolicy,
    waits: ws.Waits | None = None,
) -> Service:
    """The routes and the life of a runner."""
    tickets: Tickets[JoinClaims] = Tickets(clock)
    return Service(
        name="runner",
        routers=[
            http.router(runner=runner, verifier=verifier, views=views, tickets=tickets),
            ws.router(
                runner=runner,
                views=views,
                tickets=tickets,
                origins=origins,
                clock=clock,
                waits=waits or ws.Waits(),
            ),
        ],
        run=runner.run,
    )


def make_sandbox(clock: Clock, options: RunnerOptions) -> BubblewrapSandbox:
    """The sandbox of this host; not started."""
    return BubblewrapSandbox(clock=clock, options=BubblewrapOptions(allow_weak=options.allow_weak))


def _consume(runner: Runner, bus: EventBus, views: InterviewViews) -> None:
    async def on_view(view: InterviewView) -> None:
        if view.state is InterviewState.ENDED:
            runner.end_room(view.id)

    async def on_left(event: Event) -> None:
        fact = read(ParticipantLeft, event)
        if fact.reason == "removed":
            runner.remove(fact.interview, fact.participant)

    views.on_change(on_view)
    bus.subscribe("runner.participants", frozenset({ParticipantLeft.type}), on_left)
