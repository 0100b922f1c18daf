"""Languages as data: reads and checks ``languages/*.toml``, finds their tools on this host, makes jobs of them.

Knows no sandbox adapter and runs nothing; whether a language works is found out by ``probe``.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from vivavoce.contracts.runs import FILE_NAME_LENGTH_MAX, FILES_BYTES_MAX, LanguageInfo
from vivavoce.kernel.errors import Invalid
from vivavoce.services.runner.sandbox import (
    MIB,
    File,
    Job,
    Limits,
    Mount,
    Profile,
    Step,
    StepKind,
)

LANGUAGES_DIR = Path(__file__).with_name("languages")
CACHE_TARGET = "/opt/cache"  # where a language's prepared cache is seen inside
# The entry's path, its name alone without suffix, its path without suffix, and all the language's files near it.
BUILT_IN_WORDS = ("entry", "stem", "base", "sources")
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


class FileNameRefused(Invalid):
    """A file name that could mean something else than a file below the work folder."""

    code = "file_name_refused"


class FilesTooLarge(Invalid):
    """All files together are more than ``FILES_BYTES_MAX``."""

    code = "files_too_large"


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
    """One TOML file. ``shown`` are host paths, with ``*``, that are shown read-only where they are, if there."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+#]{0,31}$")]
    label: str
    extensions: Annotated[tuple[str, ...], Field(min_length=1)]
    entry: str
    install: str
    template: str
    tools: dict[str, Tool]
    shown: tuple[str, ...] = ()
    env: dict[str, str] = {}
    disk_mb: int = Field(default=32, ge=1, le=1024)
    file_mb: int = Field(default=16, ge=1, le=1024)
    cpus: float = Field(default=1.0, gt=0, le=8)
    version: Command
    prepare: Preparation | None = None
    compile: Command | None = None
    run: Command
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


@dataclass(frozen=True, slots=True)
class Host:
    """Where to look for tools that are not the system's."""

    home: Path
    project: Path


@dataclass(frozen=True, slots=True)
class ToolFound:
    """Where the program is inside a box, and what must be shown for it."""

    program: str
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True)
class Installation:
    """A language whose tools are all on this host."""

    language: Language
    tools: Mapping[str, ToolFound]
    shown: tuple[Mount, ...] = ()
    cache: Path | None = None

    def profile(self) -> Profile:
        mounts = [*self.shown, *(mount for tool in self.tools.values() for mount in tool.mounts)]
        if self.cache is not None:
            mounts.append(Mount(self.cache, CACHE_TARGET))
        return Profile(
            name=self.language.id,
            mounts=tuple(dict.fromkeys(mounts)),
            env=self.language.env,
            disk_bytes=self.language.disk_mb * MIB,
            file_bytes=self.language.file_mb * MIB,
            cpus=self.language.cpus,
        )

    def job(self, files: tuple[File, ...], entry: str) -> Job:
        """Compile, if the language does that, then run."""
        commands: list[tuple[StepKind, Command]] = [("run", self.language.run)]
        if self.language.compile is not None:
            commands.insert(0, ("compile", self.language.compile))
        steps = [self.step(kind, command, entry, files) for kind, command in commands]
        return Job(files, tuple(steps))

    def step(
        self, kind: StepKind, command: Command, entry: str = "", files: Iterable[File] = ()
    ) -> Step:
        words = {name: tool.program for name, tool in self.tools.items()}
        path = PurePosixPath(entry)
        words |= {
            "entry": entry,
            "stem": path.stem,
            "base": str(path.with_suffix("") if entry else path),
        }
        sources = self._sources(entry, files)
        argv: list[str] = []
        for word in command.argv:
            argv += sources if word == "{sources}" else [_filled(word, words)]
        return Step(kind, tuple(argv), command.limits())

    def _sources(self, entry: str, files: Iterable[File]) -> list[str]:
        """The language's files in the entry's folder and below, the entry first."""
        folder = PurePosixPath(entry).parent
        suffixes = {f".{extension}" for extension in self.language.extensions}
        paths = (PurePosixPath(file.name) for file in files)
        others = [str(p) for p in paths if p.suffix in suffixes and p.is_relative_to(folder)]
        return [entry, *sorted(set(others) - {entry})]


def _filled(word: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), word)


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


def find(language: Language, host: Host) -> Installation | None:
    """The language's tools on this host; none if one is missing."""
    found = {name: _find_tool(tool, host) for name, tool in language.tools.items()}
    tools = {name: tool for name, tool in found.items() if tool is not None}
    if len(tools) < len(found):
        return None
    shown = [path for pattern in language.shown for path in _matches(pattern, host)]
    return Installation(language, tools, tuple(Mount(path, str(path)) for path in shown))


def _find_tool(tool: Tool, host: Host) -> ToolFound | None:
    for candidate in tool.candidates:
        located = _locate(candidate, host)
        if located is not None:
            return located
    return None


def _locate(candidate: Candidate, host: Host) -> ToolFound | None:
    if candidate.root is not None and candidate.mount is not None:
        for root in _matches(candidate.root, host):
            if _is_there(root / candidate.program):
                mount = Mount(root.resolve(), candidate.mount)
                return ToolFound(f"{candidate.mount}/{candidate.program}", (mount,))
        return None
    for program in _matches(candidate.program, host):
        if candidate.mount is None:
            return ToolFound(str(program))
        return ToolFound(candidate.mount, (Mount(program.resolve(), candidate.mount),))
    return None


def _matches(pattern: str, host: Host) -> list[Path]:
    """Existing paths, those with the highest version in the name first."""
    folders = {"home": host.home, "project": host.project, "package": LANGUAGES_DIR}
    filled = _filled(pattern, {name: str(folder) for name, folder in folders.items()})
    try:
        found = [path for path in Path("/").glob(filled.lstrip("/")) if _is_there(path)]
    except OSError:
        return []
    return sorted(found, key=_version_key, reverse=True)


def _version_key(path: Path) -> list[tuple[int, str]]:
    return [(int(n), "") if n.isdigit() else (-1, n) for n in re.split(r"(\d+)", str(path))]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


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


def check_files(files: Iterable[tuple[str, str]], entry: str) -> tuple[File, ...]:
    """Named texts as files for a box.

    Raises:
        FileNameRefused: a name is unsafe, occurs twice, is both file and folder, or ``entry`` is not among them.
        FilesTooLarge: too much in all.
    """
    checked = tuple(
        File(check_file_name(name), text.encode(errors="replace")) for name, text in files
    )
    if sum(len(file.content) for file in checked) > FILES_BYTES_MAX:
        message = f"The files are larger than {FILES_BYTES_MAX >> 10} KB together."
        raise FilesTooLarge(message)
    names = [file.name for file in checked]
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    if len(set(names)) < len(names) or folders & set(names):
        message = "Two files have the same name."
        raise FileNameRefused(message)
    if entry not in names:
        message = "The file to run is not there."
        raise FileNameRefused(message)
    return checked


def check_file_name(name: str) -> str:
    """The name, if it is a plain relative path: no ``..``, no leading ``/`` or ``-``, no control characters.

    Raises:
        FileNameRefused: it is not.
    """
    parts = name.split("/")
    plain = all(part and part not in (".", "..") and not part.startswith("-") for part in parts)
    if not (plain and len(name) <= FILE_NAME_LENGTH_MAX and name.isprintable()) or "\\" in name:
        message = "A file has a name that cannot be used here."
        raise FileNameRefused(message)
    return name
