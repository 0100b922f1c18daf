"""The documents of an interview: what each holds, who may see and change it, how it begins.

``protocol/collab.md`` shows the contents to the writers of clients. Knows nothing of sockets and logs.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pycrdt import Array, Doc, Map, Text

from vivavoce.contracts.rights import Action

SEED_CLIENT = 1  # Yjs draws 32 random bits, so no browser has it
SEED_FILE = "main"
_HELLO = 'def greet(name: str) -> str:\n    return f"Hello, {name}!"\n\n\nprint(greet("world"))\n'


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One permission domain: who may write a document may write all of it."""

    name: str
    roots: frozenset[str]
    read: Action
    write: Action
    seed: Callable[[], bytes | None]
    canonical: Callable[[Doc[Any]], str]

    def digest(self, doc: Doc[Any]) -> str:
        """Hex SHA-256 of the document's canonical text."""
        return hashlib.sha256(self.canonical(doc).encode(errors="replace")).hexdigest()


def new_doc(kind: DocumentKind) -> Doc[Any]:
    """An empty document of this kind with its root types declared, as yrs needs before it reads them."""
    doc: Doc[Any] = Doc(client_id=SEED_CLIENT)
    for root in sorted(kind.roots):
        doc.get(root, type=_ROOT_TYPES[root])
    return doc


def _seed_workspace() -> bytes:
    doc: Doc[Any] = Doc(client_id=SEED_CLIENT)
    files = doc.get("files", type=Map)
    settings = doc.get("settings", type=Map)
    with doc.transaction():
        files[SEED_FILE] = Map({"name": "main.py", "order": 1, "text": Text(_HELLO)})
        settings["language"] = "python"
        settings["entry"] = SEED_FILE
    return doc.get_update()


def _workspace_text(doc: Doc[Any]) -> str:
    files: dict[str, Any] = doc.get("files", type=Map).to_py() or {}
    ids = sorted(files, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "".join(_file_text(key, files[key]) for key in ids if isinstance(files[key], dict))


def _file_text(key: str, file: dict[str, Any]) -> str:
    fields = (key, file.get("name"), file.get("text"))
    return "".join(f"{field if isinstance(field, str) else ''}\0" for field in fields)


def _brief_text(doc: Doc[Any]) -> str:
    return str(doc.get("text", type=Text))


_ROOT_TYPES: dict[str, Any] = {
    "files": Map,
    "settings": Map,
    "board": Map,
    "runs": Array,
    "text": Text,
}

WORKSPACE = DocumentKind(
    name="workspace",
    roots=frozenset({"files", "settings", "board", "runs"}),
    read=Action.READ_WORKSPACE,
    write=Action.WRITE_WORKSPACE,
    seed=_seed_workspace,
    canonical=_workspace_text,
)
BRIEF = DocumentKind(
    name="brief",
    roots=frozenset({"text"}),
    read=Action.READ_BRIEF,
    write=Action.WRITE_BRIEF,
    seed=lambda: None,
    canonical=_brief_text,
)
KINDS = {kind.name: kind for kind in (WORKSPACE, BRIEF)}
