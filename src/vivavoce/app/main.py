"""What ``vivavoce serve`` starts: a server that runs until stopped."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Literal, cast

from vivavoce.app import data_dir
from vivavoce.app.data_dir import DataDirError
from vivavoce.app.door import behind_door
from vivavoce.app.logs import configure_logs
from vivavoce.app.program import Program
from vivavoce.app.serve import PortTaken, listen, run
from vivavoce.app.settings import SettingsError, read_settings
from vivavoce.kernel.errors import AppError


class StartError(Exception):
    """The program cannot start; the message says why and what to do."""


def serve_until_stopped(environ: Mapping[str, str], overrides: Mapping[str, object]) -> int:
    """Start, serve, stop; the process's exit code.

    Raises:
        StartError: before anything was served.
    """
    try:
        settings = read_settings(environ, **overrides)
        form = cast("Literal['auto', 'json', 'console']", settings.log_format)
        configure_logs(settings.log_level, form)
        data = data_dir.prepare(settings.data_dir)
        with data_dir.exclusive(data):
            listening = listen(settings.host, settings.port, settings.public_url)
            with behind_door() if settings.tls_port is not None else nullcontext() as behind:
                program = Program(settings, data, replace(listening, behind=behind))
                return run(program.life, program.listening, data, lambda: _announce(program))
    except Exception as error:
        cause = _sole_cause(error)
        if isinstance(cause, SettingsError | DataDirError | PortTaken | AppError):
            raise StartError(str(cause)) from error
        raise


def _sole_cause(error: Exception) -> Exception:
    """What was raised within the task groups of services that had started before."""
    causes: tuple[Exception, ...] = getattr(error, "exceptions", ())
    return _sole_cause(causes[0]) if len(causes) == 1 else error


def _announce(program: Program) -> None:
    print(  # noqa: T201  the one line for the person at the terminal
        f"\n  Vivavoce is running at {program.listening.url}\n\n"
        f"  Sign in as the owner (this link works once):\n  {program.owner_link}\n\n"
        "  For another link: .venv/bin/vivavoce owner-link. To stop: Ctrl-C.\n",
        flush=True,
    )
