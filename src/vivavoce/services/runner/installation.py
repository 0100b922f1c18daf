"""A language on this host: the boxes that it needs, and jobs made of a workspace's files. Pure but for ``find``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vivavoce.services.runner.languages import CACHE_TARGET, Command, Language, filled
from vivavoce.services.runner.program import program_of
from vivavoce.services.runner.sandbox import MIB, File, Job, Mount, Profile, Step, StepKind
from vivavoce.services.runner.tools import Host, ToolFound, find_shown, find_tools


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
        program = program_of(self.language, entry, files)
        commands: list[tuple[StepKind, Command]] = [("run", self.language.run)]
        if self.language.compile is not None:
            commands.insert(0, ("compile", self.language.compile))
        steps = [
            self._step(kind, command, program.words, program.sources) for kind, command in commands
        ]
        return Job(files, tuple(steps))

    def tool_step(self, command: Command) -> Step:
        """A command that names tools and no file."""
        return self._step("run", command, {}, ())

    def _step(
        self, kind: StepKind, command: Command, words: Mapping[str, str], sources: tuple[str, ...]
    ) -> Step:
        known = {**words, **{name: tool.program for name, tool in self.tools.items()}}
        argv: list[str] = []
        for word in command.argv:
            argv += sources if word == "{sources}" else [filled(word, known)]
        return Step(kind, tuple(argv), command.limits())


def find(language: Language, host: Host) -> Installation | None:
    """The language with its tools on this host; none if one is missing."""
    tools = find_tools(language, host)
    return None if tools is None else Installation(language, tools, find_shown(language, host))
