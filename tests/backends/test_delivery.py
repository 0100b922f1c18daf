"""The lanes of a bus beside a journal whose acknowledgements are written late."""

from collections.abc import AsyncIterator, Sequence

import pytest

from vivavoce.backends.delivery import Delivery, Entry
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import EventId

from .adapters import until

TYPE = "tests.happened.v1"


class LateJournal:
    """Forgets nothing for as long as a test lasts."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, seq: int) -> None:
        event = Event(EventId(f"evt_{seq}"), TYPE, "key", Millis(0), {})
        self.entries.append(Entry(seq, event))

    async def pending(self, group: str, key: str, *, after: int) -> Sequence[Entry]:
        del group, key
        return [entry for entry in self.entries if entry.seq > after]

    def acknowledge(self, group: str, seq: int) -> None:
        pass


@pytest.fixture
def journal() -> LateJournal:
    return LateJournal()


@pytest.fixture
async def got(journal: LateJournal) -> AsyncIterator[tuple[Delivery, list[str]]]:
    delivery, got = Delivery(journal), list[str]()

    async def handle(event: Event) -> None:
        got.append(event.id)

    delivery.subscribe("group", frozenset({TYPE}), handle)
    await delivery.start()
    yield delivery, got
    await delivery.close()


async def test_what_was_handled_before_its_own_wake_is_not_handled_again(
    journal: LateJournal, got: tuple[Delivery, list[str]]
) -> None:
    delivery, ids = got
    journal.add(1)
    journal.add(2)
    delivery.wake("group", "key", 1)
    await until(lambda: len(ids) == 2)
    await until(lambda: delivery.is_idle)
    delivery.wake("group", "key", 2)
    journal.add(3)
    delivery.wake("group", "key", 3)
    await until(lambda: ids[-1] == "evt_3")
    assert ids == ["evt_1", "evt_2", "evt_3"]
