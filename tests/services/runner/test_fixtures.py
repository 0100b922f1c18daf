"""The golden frames of ``protocol/fixtures/runs``, which the web client reads too."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from vivavoce.contracts import runs

FIXTURES = Path(__file__).parents[3] / "protocol" / "fixtures" / "runs"
UNIONS: dict[str, Any] = {"client": runs.RunClientMessage, "server": runs.RunServerMessage}
FRAMES = {path.stem: json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))}


def text_of(fixture: dict[str, Any]) -> str:
    return fixture["text"] if "text" in fixture else json.dumps(fixture["frame"])


@pytest.mark.parametrize("name", [name for name, fixture in FRAMES.items() if fixture["valid"]])
def test_a_valid_frame_is_read_and_written_the_same(name: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(UNIONS[FRAMES[name]["direction"]])
    message = adapter.validate_json(text_of(FRAMES[name]))
    assert message.model_dump(mode="json") == FRAMES[name]["frame"]


@pytest.mark.parametrize("name", [name for name, fixture in FRAMES.items() if not fixture["valid"]])
def test_an_invalid_frame_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(UNIONS["client"]).validate_json(text_of(FRAMES[name]))


@pytest.mark.parametrize("direction", ["client", "server"])
def test_every_message_has_a_frame(direction: str) -> None:
    (alternatives, *_) = get_args(UNIONS[direction])
    types = {message.model_fields["type"].default for message in get_args(alternatives)}
    valid = [f for f in FRAMES.values() if f["valid"] and f["direction"] == direction]
    assert {fixture["frame"]["type"] for fixture in valid} == types
