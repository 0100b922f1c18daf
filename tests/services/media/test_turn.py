"""Names for the operator's own TURN servers, and where they are told. That coturn takes them is in tests/network/test_coturn.py."""

from pathlib import Path

import pytest

from tests.services.media.around import around
from tests.services.media.offers import offer
from vivavoce.app.program import turn_of
from vivavoce.app.settings import SettingsError, read_settings
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services import media
from vivavoce.services.media import TurnServers

TURN = TurnServers(("turn:turn.example.com:3478",), "a secret")
ROOM, CARO, INES = InterviewId("room"), ParticipantId("caro"), ParticipantId("ines")
NOW = Millis(1_700_000_000_999)


def test_a_name_is_good_for_five_minutes_and_tells_nobody_who_it_is() -> None:
    expiry, owner = TURN.relay_for(ROOM, CARO, NOW).username.split(":")
    assert int(expiry) == 1_700_000_300
    assert "caro" not in owner
    assert len(owner) == 24


def test_somebody_is_the_same_in_every_name_and_nobody_else_in_any() -> None:
    names = [
        TURN.relay_for(ROOM, CARO, NOW),
        TURN.relay_for(ROOM, CARO, Millis(NOW + 60_000)),
        TURN.relay_for(ROOM, INES, NOW),
        TURN.relay_for(InterviewId("other"), CARO, NOW),
    ]
    owners = [name.username.split(":")[1] for name in names]
    assert owners[0] == owners[1]
    assert len(set(owners)) == 3
    assert len({name.credential for name in names}) == 4


def test_a_password_is_as_the_draft_has_it() -> None:
    """The code, HMAC-SHA1 in base64, is written out with openssl: printf NAME | openssl dgst -sha1 -hmac 'a secret' -binary | base64."""
    relay = TURN.relay_for(ROOM, CARO, NOW)
    assert (relay.username, relay.credential) == (
        "1700000300:c8f96f2704328953e3f67ec8",
        "cSS8pd73dt+WtEdj2hDo1d/CYAs=",
    )


def test_the_secret_is_shown_by_nothing() -> None:
    assert "a secret" not in repr(TURN)


async def test_they_are_told_beside_our_own_relay() -> None:
    made = media.create(**around(), advertise=["127.0.0.1"], turn=TURN)
    async with made.service.run():
        await made.media.open_room(ROOM)
        await made.media.join(ROOM, CARO, offer(), observer=False)
        own, other = await made.media.relays(ROOM, CARO)
    assert own.urls[0].startswith("turn:127.0.0.1:")
    assert other.urls == TURN.urls


def test_the_secret_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    environment = {
        "HOME": "/",
        "VIVAVOCE_TURN_URLS": "turn:[2001:db8::1]:3478?transport=udp, turns:turn.example.com",
        "VIVAVOCE_TURN_SECRET_FILE": str(file),
    }
    settings = read_settings(environment)
    with pytest.raises(SettingsError, match="VIVAVOCE_TURN_SECRET_FILE cannot be read"):
        turn_of(settings)
    file.write_text("\n")
    with pytest.raises(SettingsError, match="is empty"):
        turn_of(settings)
    file.write_text("a secret\n")
    assert turn_of(settings) == TurnServers(settings.turn_urls, "a secret")
    assert turn_of(read_settings({"HOME": "/"})) is None
