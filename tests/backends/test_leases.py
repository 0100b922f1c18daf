"""The contract of ``Leases``."""

import pytest

from vivavoce.backends.memory import LEASES_MAX, MemoryLeases
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import LimitExceeded
from vivavoce.kernel.leases import Leases

TTL_S = 10.0


async def test_one_holder_at_a_time(leases: Leases) -> None:
    mine = await leases.acquire("room", "me", ttl_s=TTL_S)
    assert mine is not None
    assert await leases.acquire("room", "you", ttl_s=TTL_S) is None
    assert await leases.acquire("other room", "you", ttl_s=TTL_S) is not None
    assert await leases.holder("room") == mine


async def test_a_renewal_extends_and_keeps_the_fence(leases: Leases, clock: ManualClock) -> None:
    first = await leases.acquire("room", "me", ttl_s=TTL_S)
    clock.advance(TTL_S - 1)
    renewed = await leases.acquire("room", "me", ttl_s=TTL_S)
    clock.advance(TTL_S - 1)
    assert first is not None
    assert renewed is not None
    assert renewed.fence == first.fence
    assert await leases.acquire("room", "you", ttl_s=TTL_S) is None


async def test_the_fence_grows_with_every_change_of_holder(
    leases: Leases, clock: ManualClock
) -> None:
    fences: list[int] = []
    for n in range(5):
        lease = await leases.acquire("room", f"holder {n}", ttl_s=TTL_S)
        assert lease is not None
        fences.append(lease.fence)
        if n % 2:
            await leases.release(lease)
        else:
            clock.advance(TTL_S)
    assert fences == sorted(set(fences))


async def test_the_same_holder_coming_back_after_expiry_gets_a_new_fence(
    leases: Leases, clock: ManualClock
) -> None:
    first = await leases.acquire("room", "me", ttl_s=TTL_S)
    clock.advance(TTL_S)
    assert await leases.holder("room") is None
    second = await leases.acquire("room", "me", ttl_s=TTL_S)
    assert first is not None
    assert second is not None
    assert second.fence > first.fence


async def test_a_lost_lease_cannot_be_released(leases: Leases, clock: ManualClock) -> None:
    lost = await leases.acquire("room", "me", ttl_s=TTL_S)
    clock.advance(TTL_S)
    theirs = await leases.acquire("room", "you", ttl_s=TTL_S)
    assert lost is not None
    await leases.release(lost)
    assert await leases.holder("room") == theirs


async def test_fences_grow_over_a_restart(clock: ManualClock) -> None:
    before = await MemoryLeases(clock).acquire("room", "me", ttl_s=TTL_S)
    clock.advance(0.001)
    after = await MemoryLeases(clock).acquire("room", "me", ttl_s=TTL_S)
    assert before is not None
    assert after is not None
    assert after.fence > before.fence


async def test_memory_is_bounded_and_expired_leases_make_room(clock: ManualClock) -> None:
    leases = MemoryLeases(clock)
    for n in range(LEASES_MAX):
        await leases.acquire(f"room {n}", "me", ttl_s=TTL_S)
    with pytest.raises(LimitExceeded):
        await leases.acquire("one more", "me", ttl_s=TTL_S)
    clock.advance(TTL_S)
    assert await leases.acquire("one more", "me", ttl_s=TTL_S) is not None
