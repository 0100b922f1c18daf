"""Which of a workspace's files make one program, and how a language's commands name them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from vivavoce.services.runner.languages import Language
from vivavoce.services.runner.sandbox import File


@dataclass(frozen=True, slots=True)
class Program:
    """An entry and what lies around it.

    ``root`` is the entry's folder, or where the folders of its package begin. ``sources`` are what is compiled
    together, the entry first: the language's files in ``root`` and, as the language has it, below, without those
    that are programs of their own.
    """

    entry: str
    root: str
    main: str
    sources: tuple[str, ...]

    @property
    def words(self) -> dict[str, str]:
        """What stands for a word in braces in a command."""
        base = str(PurePosixPath(self.entry).with_suffix(""))
        return {"entry": self.entry, "base": base, "root": self.root, "main": self.main}


def program_of(language: Language, entry: str, files: Sequence[File]) -> Program:
    """``entry`` is one of ``files``."""
    path = PurePosixPath(entry)
    texts = {file.name: file.content.decode(errors="replace") for file in files}
    package = _package(language, texts[entry])
    root = _root(path.parent, package)
    others = [name for name in texts if name != entry and _is_source(language, name, root)]
    if language.alone and re.search(language.alone, texts[entry], re.MULTILINE):
        others = [o for o in others if not re.search(language.alone, texts[o], re.MULTILINE)]
    return Program(
        entry=entry,
        root=str(root),
        main=".".join([*package, path.stem]),
        sources=(entry, *sorted(others)),
    )


def _package(language: Language, text: str) -> tuple[str, ...]:
    found = re.search(language.package, text, re.MULTILINE) if language.package else None
    return tuple(found[1].split(".")) if found else ()


def _root(folder: PurePosixPath, package: tuple[str, ...]) -> PurePosixPath:
    """Package ``a.b`` in folder ``src/a/b`` begins in ``src``; in a folder of other names it is where it is."""
    above = folder.parts[: len(folder.parts) - len(package)]
    return PurePosixPath(*above) if above + package == folder.parts else folder


def _is_source(language: Language, name: str, root: PurePosixPath) -> bool:
    path = PurePosixPath(name)
    if path.suffix.removeprefix(".") not in language.extensions:
        return False
    return path.parent == root if language.sources == "folder" else path.is_relative_to(root)
