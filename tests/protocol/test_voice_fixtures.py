"""The golden messages of the voice socket. Its frames are read by the media core (``rust/sfu-voice``) and the web client."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from vivavoce.app import schemas
from vivavoce.contracts.voice import VoiceClientMessage, VoiceServerMessage

FIXTURES = schemas.PROTOCOL / "fixtures" / "voice"
MESSAGES: dict[str, TypeAdapter[Any]] = {
    "client": TypeAdapter(VoiceClientMessage),
    "server": TypeAdapter(VoiceServerMessage),
}


def fixtures(*, valid: bool) -> list[Any]:
    read = {path: json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))}
    return [
        pytest.param(fixture, id=Path(path).stem)
        for path, fixture in read.items()
        if fixture["valid"] is valid and "direction" in fixture
    ]


@pytest.mark.parametrize("fixture", fixtures(valid=True))
def test_a_valid_message_is_read_and_written_the_same(fixture: dict[str, Any]) -> None:
    messages = MESSAGES[fixture["direction"]]
    message = messages.validate_json(json.dumps(fixture["frame"]))
    assert messages.dump_python(message, mode="json") == fixture["frame"]


@pytest.mark.parametrize("fixture", fixtures(valid=False))
def test_an_invalid_message_is_refused(fixture: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MESSAGES[fixture["direction"]].validate_json(json.dumps(fixture["frame"]))
