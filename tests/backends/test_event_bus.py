"""The contract of ``EventBus``."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from vivavoce.backends import delivery
from vivavoce.backends.memory import EVENTS_PENDING_MAX, MemoryBus
from vivavoce.kernel.errors import Unavailable
from vivavoce.kernel.events import Event, EventBus, Handler

from .adapters import event, until

TYPES = frozenset({"thing.happened"})


class Panic(BaseException):
    """As a Rust extension raises it."""


def collect(into: list[Event]) -> Handler:
    async def handle(event: Event) -> None:
        into.append(event)

    return handle


def numbers(events: list[Event], key: str = "k") -> list[int]:
    return [each.body["n"] for each in events if each.key == key]


async def test_every_group_gets_every_event_of_its_types_once(bus: EventBus) -> None:
    first: list[Event] = []
    second: list[Event] = []
    bus.subscribe("first", TYPES, collect(first))
    bus.subscribe("second", TYPES | {"other.happened"}, collect(second))
    await bus.start()
    sent = [event(n=1), event(n=2, type="other.happened"), event(n=3, type="nobody.cares")]
    for each in sent:
        await bus.publish(each)
    await until(lambda: len(first) == 1 and len(second) == 2)
    assert first == sent[:1]
    assert second == sent[:2]


async def test_events_of_a_key_arrive_in_the_order_of_publishing(bus: EventBus) -> None:
    got: list[Event] = []

    async def handle(event: Event) -> None:
        await asyncio.sleep(0)  # gives the others a chance to overtake
        got.append(event)

    bus.subscribe("g", TYPES, handle)
    await bus.start()
    for n in range(300):
        await bus.publish(event(key=f"k{n % 3}", n=n))
    await until(lambda: len(got) == 300)
    for key in ("k0", "k1", "k2"):
        assert numbers(got, key) == [n for n in range(300) if f"k{n % 3}" == key]


async def test_what_was_published_before_the_start_is_delivered_at_the_start(bus: EventBus) -> None:
    got: list[Event] = []
    bus.subscribe("g", TYPES, collect(got))
    for n in range(3):
        await bus.publish(event(n=n))
    assert got == []
    await bus.start()
    await until(lambda: len(got) == 3)
    assert numbers(got) == [0, 1, 2]


async def test_a_slow_handler_holds_up_its_own_key_only(bus: EventBus) -> None:
    got: list[Event] = []
    release = asyncio.Event()

    async def handle(event: Event) -> None:
        if event.key == "slow":
            await release.wait()
        got.append(event)

    bus.subscribe("g", TYPES, handle)
    await bus.start()
    await bus.publish(event(key="slow", n=1))
    for n in range(200):
        await bus.publish(event(key="quick", n=n))
    await until(lambda: len(got) == 200)
    assert numbers(got, "slow") == []
    release.set()
    await until(lambda: len(got) == 201)


def raise_error(_: Event) -> None:
    raise ValueError("poison")


def raise_panic(_: Event) -> None:
    raise Panic


def raise_cancelled(_: Event) -> None:
    raise asyncio.CancelledError  # as from awaiting something that was cancelled


@pytest.mark.parametrize("fail", [raise_error, raise_panic, raise_cancelled])
async def test_a_failing_handler_is_called_again_while_other_keys_and_groups_go_on(
    bus: EventBus, fail: Callable[[Event], None]
) -> None:
    got: list[Event] = []
    elsewhere: list[Event] = []
    calls: Counter[int] = Counter()
    healed = False

    async def handle(event: Event) -> None:
        calls[event.body["n"]] += 1
        if event.body["n"] == 0 and not healed:
            fail(event)
        got.append(event)

    bus.subscribe("g", TYPES, handle)
    bus.subscribe("elsewhere", TYPES, collect(elsewhere))
    await bus.start()
    for n in range(100):
        await bus.publish(event(key="poisoned", n=n))
    await bus.publish(event(key="healthy", n=1000))
    await until(lambda: calls[0] >= 3 and len(got) == 1 and len(elsewhere) == 101)
    assert calls[1] == 0
    healed = True
    await until(lambda: len(got) == 101)
    assert numbers(got, "poisoned") == list(range(100))
    assert all(calls[n] == 1 for n in range(1, 100))


async def test_a_handler_may_publish(bus: EventBus) -> None:
    got: list[Event] = []

    async def forward(event_: Event) -> None:
        await bus.publish(event(type="other.happened", n=event_.body["n"] + 1))

    bus.subscribe("first", TYPES, forward)
    bus.subscribe("second", frozenset({"other.happened"}), collect(got))
    await bus.start()
    await bus.publish(event(n=1))
    await until(lambda: len(got) == 1)
    assert numbers(got) == [2]


async def test_a_group_may_have_a_handler_for_each_type_and_their_order_holds(
    bus: EventBus,
) -> None:
    got: list[Event] = []
    bus.subscribe("g", TYPES, collect(got))
    bus.subscribe("g", frozenset({"other.happened"}), collect(got))
    await bus.start()
    for n in range(50):
        await bus.publish(event(n=n, type="other.happened" if n % 2 else "thing.happened"))
    await until(lambda: len(got) == 50)
    assert numbers(got) == list(range(50))


async def test_a_group_handles_a_type_once(bus: EventBus) -> None:
    bus.subscribe("g", TYPES, collect([]))
    with pytest.raises(ValueError, match="already handles"):
        bus.subscribe("g", TYPES, collect([]))


async def test_subscribing_after_the_start_is_refused(bus: EventBus) -> None:
    await bus.start()
    with pytest.raises(RuntimeError):
        bus.subscribe("g", TYPES, collect([]))


async def test_closing_lets_a_running_handler_finish_and_begins_no_other(bus: EventBus) -> None:
    entered, release = asyncio.Event(), asyncio.Event()
    got: list[Event] = []

    async def handle(event: Event) -> None:
        entered.set()
        await release.wait()
        got.append(event)

    bus.subscribe("g", TYPES, handle)
    await bus.start()
    await bus.publish(event(n=1))
    await bus.publish(event(n=2))
    await entered.wait()
    closing = asyncio.create_task(bus.close())
    await asyncio.sleep(0)
    release.set()
    await closing
    assert numbers(got) == [1]


async def test_closing_ends_a_pause_before_the_next_attempt(bus: EventBus) -> None:
    calls = 0

    async def handle(_: Event) -> None:
        nonlocal calls
        calls += 1
        raise ValueError("poison")

    bus.subscribe("g", TYPES, handle)
    await bus.start()
    await bus.publish(event(n=1))
    await until(lambda: calls >= 6)
    next_pause_s = delivery.RETRY_FIRST_S * delivery.RETRY_GROWTH**5
    async with asyncio.timeout(next_pause_s * 0.8):
        await bus.close()
    assert calls == 6


async def test_a_bus_that_never_started_closes(bus: EventBus) -> None:
    await bus.close()


async def test_the_memory_bus_refuses_what_it_has_no_room_for_and_recovers() -> None:
    bus = MemoryBus()
    got: list[Event] = []
    bus.subscribe("g", TYPES, collect(got))
    for n in range(EVENTS_PENDING_MAX):
        await bus.publish(event(n=n))
    with pytest.raises(Unavailable):
        await bus.publish(event(n=-1))
    await bus.start()
    await until(lambda: len(got) == EVENTS_PENDING_MAX)
    await bus.publish(event(n=EVENTS_PENDING_MAX))
    await until(lambda: len(got) == EVENTS_PENDING_MAX + 1)
    assert numbers(got) == list(range(EVENTS_PENDING_MAX + 1))
    await bus.close()
