"""Secrets stay where they belong: never in a log, and in the database only as hashes."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import new_event_id

from .world import World


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[LogCapture]:
    """What structlog and the standard library log, at every level."""
    caplog.set_level(logging.DEBUG)
    before = structlog.get_config()
    capture = LogCapture()
    structlog.configure(processors=[structlog.processors.format_exc_info, capture])
    yield capture
    structlog.configure(**before)


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_no_secret_and_no_token_is_logged_or_stored(
    world: World, logged: LogCapture, caplog: pytest.LogCaptureFixture
) -> None:
    secrets: list[str] = []
    used, unused = await world.owner_secret(), await world.owner_secret()
    client = world.client()
    signed_in = await client.post("/api/auth/signin", json={"secret": used})
    secrets += [used, unused, signed_in.cookies["vivavoce_session"]]
    wrong = "wrong-secret-canary-0123456789"
    await client.post("/api/auth/signin", json={"secret": wrong})
    await client.post("/api/auth/signin", json={"secret": {"x": wrong}})
    interview = await world.interview()
    invitations = await world.secrets(interview)
    secrets += [wrong, *invitations.values()]
    for secret in (*invitations.values(), wrong):
        joined = await world.join(interview, invitation=secret, name="Ann")
        if joined.is_success:
            again = await world.join(interview, rejoin=joined.json()["rejoin"])
            secrets += [joined.json()["token"], joined.json()["rejoin"], again.json()["token"]]
    await world.join(interview, rejoin=wrong)
    revoked = (await world.invitations(interview))["candidate"]["id"]
    await world.owner().post(f"/api/interviews/{interview}/invitations/{revoked}/revoke")
    assert len(secrets) == 3 + 1 + 3 + 9
    told = f"{logged.entries} {caplog.text}"
    stored = bytes_of(world.database.parent)
    assert len(stored) > 10_000
    assert interview.encode() in stored
    for secret in secrets:
        assert secret not in told
        assert secret.encode() not in stored
        signature = secret.rsplit(".", 1)[-1]
        assert signature not in told
        assert signature.encode() not in stored


async def test_a_failing_handler_is_logged_without_the_event_body(
    world: World, logged: LogCapture
) -> None:
    """An unreadable fact makes auth's handlers fail; what they log names the event and not what it says."""
    unreadable = Event(new_event_id(), "participant.left", "itv_x", world.clock.now(), {"x": "y"})
    await world.embedded.bus.publish(unreadable)
    async with asyncio.timeout(5):
        while not logged.entries:
            await asyncio.sleep(0.002)
    assert logged.entries[0]["type"] == "participant.left"
    assert "body" not in logged.entries[0]


def test_the_key_itself_is_nowhere_in_the_database(world: World) -> None:
    stored = bytes_of(world.database.parent)
    assert str(world.key.as_dict(private=True)["d"]).encode() not in stored
    assert b"k" * 32 not in stored
