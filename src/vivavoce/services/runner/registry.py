"""What this host can run: every language with what its probe found. Probes in the background, tells who listens."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from vivavoce.contracts.runs import LanguageInfo
from vivavoce.kernel.errors import NotFound, Unavailable
from vivavoce.services.runner.installation import Installation
from vivavoce.services.runner.languages import Language, info
from vivavoce.services.runner.probe import ProbeFailed, Working, probe
from vivavoce.services.runner.sandbox import Sandbox, SandboxUnavailable
from vivavoce.services.runner.tools import Host

PROBES_AT_ONCE = 1  # probes must not take the processors from the first meeting

log = structlog.get_logger()


class LanguageUnknown(NotFound):
    """No language has this id."""

    code = "language_unknown"


class LanguageUnavailable(Unavailable):
    """The language is known and does not work here, or is still being checked."""

    code = "language_unavailable"


class Registry:
    """``failures`` keeps, by id, why a probe failed."""

    def __init__(self, languages: Sequence[Language]) -> None:
        self._languages = {language.id: language for language in languages}
        self._working: dict[str, Working] = {}
        self._checked: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self.failures: dict[str, str] = {}

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def infos(self) -> list[LanguageInfo]:
        """All languages, by label."""
        return [self._info(language) for language in self._languages.values()]

    def _info(self, language: Language) -> LanguageInfo:
        working = self._working.get(language.id)
        version = working.version if working else None
        return info(language, version=version, checked=language.id in self._checked)

    def working(self, id: str) -> Installation | None:
        """How to run this language here; none if it does not work, is not checked yet, or is not known."""
        found = self._working.get(id)
        return found.installation if found else None

    def installation(self, id: str) -> Installation:
        """How to run this language here.

        Raises:
            LanguageUnknown: there is no such language.
            LanguageUnavailable: it does not work here, or is not checked yet.
        """
        found = self.working(id)
        if found is not None:
            return found
        if id not in self._languages:
            message = "This language is not known here."
            raise LanguageUnknown(message)
        language = self._languages[id]
        if id not in self._checked:
            message = f"{language.label} is still being checked. Try again in a moment."
            raise LanguageUnavailable(message)
        message = f"{language.label} does not run on this server. {language.install}"
        raise LanguageUnavailable(message)

    async def probe_all(self, *, host: Host, sandbox: Sandbox, caches: Path) -> None:
        """Each in turn, the quick ones first; a failing one is logged and stays unavailable."""
        places = asyncio.Semaphore(PROBES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for language in sorted(
                self._languages.values(), key=lambda item: item.prepare is not None
            ):
                group.create_task(self._probe_in_turn(language, places, host, sandbox, caches))

    async def _probe_in_turn(
        self,
        language: Language,
        places: asyncio.Semaphore,
        host: Host,
        sandbox: Sandbox,
        caches: Path,
    ) -> None:
        async with places:
            await self._probe(language, host, sandbox, caches)
        for listener in self._listeners:
            listener()

    async def _probe(self, language: Language, host: Host, sandbox: Sandbox, caches: Path) -> None:
        try:
            working = await probe(language, host=host, sandbox=sandbox, caches=caches)
        except (ProbeFailed, SandboxUnavailable, OSError) as error:
            self.failures[language.id] = str(error)
            log.warning("language does not work", language=language.id, why=str(error))
        else:
            if working is not None:
                self._working[language.id] = working
                log.debug("language works", language=language.id, version=working.version)
        self._checked.add(language.id)
