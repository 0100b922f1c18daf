"""Languages as data: reads and checks ``languages/*.toml``. Knows no host and no sandbox adapter, and runs nothing."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from vivavoce.contracts.runs import LanguageInfo
from vivavoce.services.runner.sandbox import MIB, Limits

LANGUAGES_DIR = Path(__file__).with_name("languages")
CACHE_TARGET = "/opt/cache"  # where a language's prepared cache is seen inside
# The entry's path; the same without suffix; where its package begins; its name with its package; what is compiled
# with it (``program``).
BUILT_IN_WORDS = ("entry", "base", "root", "main", "sources")
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"no regular expression: {error}"
        raise ValueError(message) from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class _Toml(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Candidate(_Toml):
    """A place where a tool may be. With ``root``, that folder is shown at ``mount`` and ``program`` is below it.

    ``{home}``, ``{project}``, ``{package}`` (the folder of the language files) and ``*`` may be in ``root`` or in
    a ``program`` without root; a lone program outside the system folders is shown at ``mount`` itself.
    """

    program: str
    root: str | None = None
    mount: str | None = None


class Tool(_Toml):
    """The first candidate that exists is taken."""

    candidates: Annotated[tuple[Candidate, ...], Field(min_length=1)]


class Command(_Toml):
    """``BUILT_IN_WORDS`` and tool names in braces are filled in; limits as in ``Limits``."""

    argv: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[^\n\x00]+$")], ...], Field(min_length=1)
    ]
    wall_s: float = Field(default=10, gt=0, le=120)
    cpu_s: int = Field(default=10, gt=0, le=240)
    memory_mb: int = Field(default=256, ge=16, le=4096)
    processes: int = Field(default=64, ge=1, le=512)

    def limits(self) -> Limits:
        return Limits(self.wall_s, self.cpu_s, self.memory_mb * MIB, self.processes)


class RunCommand(Command):
    """With time to wait for an answer; processor time is short as for all."""

    wall_s: float = Field(default=60, gt=0, le=120)


class Probe(_Toml):
    """A program that shows that the language works here."""

    source: str
    expect: str


class Preparation(_Toml):
    """A command whose standard output is a tar archive; unpacked once a tool version, shown at ``CACHE_TARGET``.

    ``env`` replaces the language's while it is prepared.
    """

    command: Command
    env: dict[str, str]
    disk_mb: int = Field(default=512, le=2048)


class Language(_Toml):
    """One TOML file. ``shown`` are host paths, with ``*``, that are shown read-only where they are, if there.

    ``sources`` says whether files below the entry's folder belong to its program. A file that matches ``alone`` is a
    program of its own. ``package`` finds, in its group, the dotted name of the package that a file says it is in.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+#]{0,31}$")]
    label: str
    extensions: Annotated[tuple[str, ...], Field(min_length=1)]
    entry: str
    install: str
    template: str
    tools: dict[str, Tool]
    shown: tuple[str, ...] = ()
    env: dict[str, str] = {}
    sources: Literal["folder", "tree"] = "tree"
    alone: Pattern | None = None
    package: Pattern | None = None
    disk_mb: int = Field(default=32, ge=1, le=1024)
    file_mb: int = Field(default=16, ge=1, le=1024)
    cpus: float = Field(default=1.0, gt=0, le=8)
    version: Command
    prepare: Preparation | None = None
    compile: Command | None = None
    run: RunCommand
    probe: Probe

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> "Language":
        known = {*BUILT_IN_WORDS, *self.tools}
        for command in filter(None, (self.version, self.compile, self.run)):
            used = {name for word in command.argv for name in _PLACEHOLDER.findall(word)}
            if not used <= known:
                message = f"{self.id}: unknown placeholders {sorted(used - known)}"
                raise ValueError(message)
        return self


class LanguageFileInvalid(Exception):
    """A language file is not as it must be; names the file."""


def load_languages() -> list[Language]:
    """All languages that ship with the package, by label.

    Raises:
        LanguageFileInvalid: one does not fit the schema.
    """
    files = LANGUAGES_DIR.glob("*.toml")
    languages = (parse_language(file.name, file.read_text("utf-8")) for file in files)
    return sorted(languages, key=lambda language: language.label)


def parse_language(name: str, text: str) -> Language:
    """One file's content.

    Raises:
        LanguageFileInvalid: it is no TOML or does not fit the schema.
    """
    try:
        return Language.model_validate(tomllib.loads(text))
    except ValueError as error:
        message = f"{name}: {error}"
        raise LanguageFileInvalid(message) from error


def filled(word: str, words: Mapping[str, str]) -> str:
    """With each ``{name}`` that is among ``words`` replaced."""
    return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), word)


def info(language: Language, *, version: str | None, checked: bool) -> LanguageInfo:
    """What browsers see. ``version`` is none if it does not work here, or is not known yet."""
    return LanguageInfo(
        id=language.id,
        label=language.label,
        version=version,
        available=version is not None,
        install=None if version is not None or not checked else language.install,
        extensions=list(language.extensions),
        entry=language.entry,
        template=language.template,
    )
