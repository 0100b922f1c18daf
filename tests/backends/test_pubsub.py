"""The contract of ``PubSub``."""

import pytest

from vivavoce.kernel.errors import LimitExceeded
from vivavoce.kernel.pubsub import MESSAGE_BYTES_MAX, QUEUE_MESSAGES_MAX, PubSub


async def test_every_subscriber_of_the_channel_sees_the_message(pubsub: PubSub) -> None:
    async with (
        pubsub.subscribe("c") as first,
        pubsub.subscribe("c") as second,
        pubsub.subscribe("d") as other,
    ):
        await pubsub.publish("c", b"hello")
        await pubsub.publish("d", b"elsewhere")
        assert await anext(first) == b"hello"
        assert await anext(second) == b"hello"
        assert await anext(other) == b"elsewhere"


async def test_what_was_published_before_is_not_seen(pubsub: PubSub) -> None:
    await pubsub.publish("c", b"before")
    async with pubsub.subscribe("c") as messages:
        await pubsub.publish("c", b"after")
        assert await anext(messages) == b"after"


async def test_a_subscriber_that_lags_loses_the_oldest(pubsub: PubSub) -> None:
    async with pubsub.subscribe("c") as messages:
        for n in range(QUEUE_MESSAGES_MAX + 10):
            await pubsub.publish("c", str(n).encode())
        got = [int(await anext(messages)) for _ in range(QUEUE_MESSAGES_MAX)]
    assert got == list(range(10, QUEUE_MESSAGES_MAX + 10))


async def test_a_message_that_is_too_large_is_refused(pubsub: PubSub) -> None:
    await pubsub.publish("c", bytes(MESSAGE_BYTES_MAX))
    with pytest.raises(LimitExceeded):
        await pubsub.publish("c", bytes(MESSAGE_BYTES_MAX + 1))
