"""The documents of an interview: what each holds, who may see and change it, how it begins.

``protocol/collab.md`` shows the contents to the writers of clients. Knows nothing of sockets and logs.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

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
    """Looks no deeper than files go: who writes may nest maps deeper than Python recurses."""
    files: Map[Any] = doc.get("files", type=Map)
    ids = sorted(files.keys(), key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "".join(f"{key}\0{_file_text(files[key])}" for key in ids)


def _file_text(file: Any) -> str:
    if not isinstance(file, Map):
        return "\0\0"
    entry = cast("Map[Any]", file)
    name, text = entry.get("name"), entry.get("text")
    return f"{name if isinstance(name, str) else ''}\0{text if isinstance(text, Text) else ''}\0"


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
