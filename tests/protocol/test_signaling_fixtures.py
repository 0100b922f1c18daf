"""The golden frames that Python and the web client both read, and the schemas made from the models."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from vivavoce.app import schemas
from vivavoce.contracts import messages
from vivavoce.contracts.messages import ClientEnvelope, ServerEnvelope

FIXTURES = schemas.PROTOCOL / "fixtures" / "signaling"
ENVELOPES: dict[str, type[ClientEnvelope | ServerEnvelope]] = {
    "client": ClientEnvelope,
    "server": ServerEnvelope,
}

Fixture = dict[str, Any]


def read(path: Path) -> Fixture:
    return json.loads(path.read_text())


def fixtures(*, valid: bool) -> list[Any]:
    paths = sorted(FIXTURES.glob("*.json"))
    return [
        pytest.param(fixture, id=path.stem)
        for path in paths
        if (fixture := read(path))["valid"] is valid
    ]


def text_of(fixture: Fixture) -> str:
    return fixture["text"] if "text" in fixture else json.dumps(fixture["frame"])


@pytest.mark.parametrize("fixture", fixtures(valid=True))
def test_a_valid_frame_is_read_and_written_the_same(fixture: Fixture) -> None:
    envelope = ENVELOPES[fixture["direction"]].model_validate_json(text_of(fixture))
    if fixture.get("canonical", True):
        assert envelope.model_dump(mode="json") == fixture["frame"]


@pytest.mark.parametrize("fixture", fixtures(valid=False))
def test_an_invalid_frame_is_refused(fixture: Fixture) -> None:
    with pytest.raises(ValidationError):
        ENVELOPES[fixture["direction"]].model_validate_json(text_of(fixture))


@pytest.mark.parametrize(
    ("direction", "union"),
    [("client", messages.ClientMessage), ("server", messages.ServerMessage)],
)
def test_every_message_has_a_fixture(direction: str, union: Any) -> None:
    (alternatives, *_) = get_args(union)
    types = {message.model_fields["type"].default for message in get_args(alternatives)}
    shown = {
        fixture["frame"]["body"]["type"]
        for fixture in map(read, FIXTURES.glob("*.json"))
        if fixture["valid"] and fixture["direction"] == direction
    }
    assert shown == types


@pytest.mark.parametrize("name", sorted(schemas.schemas()))
def test_the_schema_files_are_up_to_date(name: str) -> None:
    made = schemas.schemas()[name]
    assert (schemas.PROTOCOL / name).read_text() == made, "run python -m vivavoce.app.schemas"


def test_the_schemas_can_be_written_elsewhere(tmp_path: Path) -> None:
    schemas.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(schemas.schemas())
