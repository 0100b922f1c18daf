"""Writes the JSON Schemas of the socket protocols into ``protocol/``; the web client's types are made from them."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from vivavoce.contracts.messages import ClientEnvelope, ServerEnvelope
from vivavoce.contracts.runs import RunClientMessage, RunServerMessage
from vivavoce.contracts.voice import VoiceClientMessage, VoiceServerMessage

PROTOCOL = Path(__file__).resolve().parents[3] / "protocol"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """The text of each schema file, by its name."""
    return {
        "signaling.schema.json": _schema(
            "SignalingProtocol",
            {"ClientEnvelope": ClientEnvelope, "ServerEnvelope": ServerEnvelope},
        ),
        "runs.schema.json": _schema(
            "RunsProtocol",
            {"RunClientMessage": RunClientMessage, "RunServerMessage": RunServerMessage},
        ),
        "voice.schema.json": _schema(
            "VoiceProtocol",
            {"VoiceClientMessage": VoiceClientMessage, "VoiceServerMessage": VoiceServerMessage},
        ),
    }


def write(folder: Path = PROTOCOL) -> None:
    """Write every schema file into ``folder``."""
    for name, text in schemas().items():
        (folder / name).write_text(text)


def _schema(title: str, roots: dict[str, Any]) -> str:
    """All definitions in one document; a root that is a union becomes a definition too."""
    adapters: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, "validation", TypeAdapter(root)) for name, root in roots.items()
    ]
    references, shared = TypeAdapter.json_schemas(adapters, ref_template="#/$defs/{model}")
    definitions = dict(shared["$defs"])
    for (name, _mode), reference in references.items():
        if reference != {"$ref": f"#/$defs/{name}"}:
            definitions[name] = reference
    document = {"$schema": DIALECT, "title": title, "$defs": dict(sorted(definitions.items()))}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write()
