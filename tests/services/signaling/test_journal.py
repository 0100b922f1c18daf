"""What is written down is written in order, although the backends fail."""

import asyncio

import pytest

from vivavoce.kernel.documents import VersionConflict
from vivavoce.kernel.errors import Unavailable
from vivavoce.services.signaling import journal as limits
from vivavoce.services.signaling.journal import Entry, Journal


class Backend:
    """Fails as often as it is told to, then writes."""

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures
        self.written: list[str] = []

    def entry(self, text: str) -> Entry:
        async def write() -> None:
            if self.failures:
                raise self.failures.pop(0)
            self.written.append(text)

        return write


async def written(backend: Backend, texts: str) -> list[str]:
    journal = Journal()
    for text in texts:
        journal.add(backend.entry(text))
    task = asyncio.create_task(journal.run())
    await journal.drain()
    task.cancel()
    return backend.written


async def test_entries_are_written_in_order() -> None:
    assert await written(Backend([]), "abc") == ["a", "b", "c"]


async def test_a_failing_backend_is_tried_again_and_nothing_overtakes() -> None:
    backend = Backend([Unavailable("down"), OSError("still down")])
    assert await written(backend, "abc") == ["a", "b", "c"]


async def test_what_was_written_before_is_not_tried_again() -> None:
    assert await written(Backend([VersionConflict("known")]), "abc") == ["b", "c"]


async def test_a_full_journal_loses_the_newest() -> None:
    backend = Backend([])
    journal = Journal()
    for number in range(limits.ENTRIES_MAX + 1):
        journal.add(backend.entry(str(number)))
    task = asyncio.create_task(journal.run())
    await journal.drain()
    task.cancel()
    assert len(backend.written) == limits.ENTRIES_MAX
    assert backend.written[-1] == str(limits.ENTRIES_MAX - 1)


async def test_cancelling_is_not_swallowed() -> None:
    journal = Journal()
    task = asyncio.create_task(journal.run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
