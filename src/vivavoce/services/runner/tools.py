"""Where a language's tools are on this host. Looks at paths and runs nothing."""

import re
from dataclasses import dataclass
from pathlib import Path

from vivavoce.services.runner.languages import LANGUAGES_DIR, Candidate, Language, Tool, filled
from vivavoce.services.runner.sandbox import Mount


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


def find_tools(language: Language, host: Host) -> dict[str, ToolFound] | None:
    """All of them by name; none if one is missing."""
    found = {name: _find_tool(tool, host) for name, tool in language.tools.items()}
    tools = {name: tool for name, tool in found.items() if tool is not None}
    return tools if len(tools) == len(found) else None


def find_shown(language: Language, host: Host) -> tuple[Mount, ...]:
    """The host paths that the language wants to see where they are, as far as they are there."""
    paths = [path for pattern in language.shown for path in _matches(pattern, host)]
    return tuple(Mount(path, str(path)) for path in paths)


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
    path = filled(pattern, {name: str(folder) for name, folder in folders.items()})
    try:
        matches = [found for found in Path("/").glob(path.lstrip("/")) if _is_there(found)]
    except OSError:
        return []
    return sorted(matches, key=_version_key, reverse=True)


def _version_key(path: Path) -> list[tuple[int, str]]:
    return [(int(n), "") if n.isdigit() else (-1, n) for n in re.split(r"(\d+)", str(path))]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
