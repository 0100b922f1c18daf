"""What a service other than ``interviews`` knows of an interview: a small view kept from the facts on the bus.

Each service keeps its own view under its own consumer group, so none asks another at run time. A view may lag
the truth by the bus's delay; ``get`` therefore waits a moment for an interview that is not known yet.
"""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict

from vivavoce.contracts.events import InterviewCreated, InterviewEnded, InterviewStarted, read
from vivavoce.contracts.rights import InterviewState
from vivavoce.kernel.documents import Collection, Documents
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.events import Event, EventBus
from vivavoce.kernel.ids import InterviewId, OrganisationId, PersonId

ARRIVAL_WAIT_S = 2.0  # how long a brand-new interview may take to become known


class InterviewView(BaseModel):
    """The facts so far; times are server time in ms."""

    model_config = ConfigDict(frozen=True)

    id: InterviewId
    organisation: OrganisationId
    owner: PersonId
    owner_name: str
    title: str
    scheduled_at: int | None
    duration_min: int
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None

    @property
    def state(self) -> InterviewState:
        return InterviewState.of(started_at=self.started_at, ended_at=self.ended_at)


def evolve(view: InterviewView | None, event: Event) -> InterviewView | None:
    """The view after one more fact; the same fact twice changes nothing."""
    match event.type:
        case InterviewCreated.type if view is None:
            fact = read(InterviewCreated, event)
            return InterviewView(
                id=fact.interview, created_at=event.at, **fact.model_dump(exclude={"interview"})
            )
        case InterviewStarted.type if view and view.started_at is None:
            return view.model_copy(update={"started_at": event.at})
        case InterviewEnded.type if view and view.ended_at is None:
            return view.model_copy(update={"ended_at": event.at})
        case _:
            return view


ChangeListener = Callable[[InterviewView], Awaitable[None]]


class InterviewViews:
    """The views of one service. Construct before the bus starts."""

    def __init__(self, service: str, documents: Documents, bus: EventBus) -> None:
        self._collection = Collection(f"{service}.interviews", frozenset({"organisation"}))
        self._documents = documents
        self._listeners: list[ChangeListener] = []
        self._arrival = asyncio.Condition()
        types = frozenset({InterviewCreated.type, InterviewStarted.type, InterviewEnded.type})
        bus.subscribe(f"{service}.interviews", types, self._apply)

    def on_change(self, listener: ChangeListener) -> None:
        """Hear of every changed view, after it is stored. Idempotent listeners only."""
        self._listeners.append(listener)

    async def get(self, interview: InterviewId) -> InterviewView:
        """The view.

        Raises:
            NotFound: no such interview became known in ``ARRIVAL_WAIT_S``.
        """
        view = await self._load(interview)
        if view is not None:
            return view
        try:
            async with asyncio.timeout(ARRIVAL_WAIT_S):
                return await self._arrived(interview)
        except TimeoutError:
            message = "There is no such interview."
            raise NotFound(message) from None

    async def _arrived(self, interview: InterviewId) -> InterviewView:
        async with self._arrival:
            while (view := await self._load(interview)) is None:
                await self._arrival.wait()
            return view

    async def _load(self, interview: InterviewId) -> InterviewView | None:
        document = await self._documents.get(self._collection, interview)
        return InterviewView.model_validate(document.body) if document else None

    async def _apply(self, event: Event) -> None:
        document = await self._documents.get(self._collection, event.key)
        before = InterviewView.model_validate(document.body) if document else None
        after = evolve(before, event)
        if after is None:
            return
        if after != before:
            await self._documents.put(
                self._collection,
                after.id,
                after.model_dump(mode="json"),
                expected_version=document.version if document else 0,
            )
        for listener in self._listeners:
            await listener(after)
        async with self._arrival:
            self._arrival.notify_all()
