"""The command line: the only place that reads the environment and the arguments."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from vivavoce import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from vivavoce.app.control import Control

T = TypeVar("T")

app = typer.Typer(
    name="vivavoce",
    help="Technical interviews on your own machine: video, shared code, running.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
interview_app = typer.Typer(help="Interviews on the running server.", no_args_is_help=True)
app.add_typer(interview_app, name="interview")

DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder for everything that lasts.")
]


def main() -> None:
    """Entry point of the ``vivavoce`` command."""
    app()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vivavoce {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    data_dir: DataDirOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1).")] = None,
    port: Annotated[
        int | None, typer.Option(help="TCP port of HTTP and WebSockets (8080).")
    ] = None,
    public_url: Annotated[str | None, typer.Option(help="URL under which people reach it.")] = None,
    media_port: Annotated[
        int | None, typer.Option(help="UDP and TCP port of media (7882).")
    ] = None,
    media_addresses: Annotated[
        str | None, typer.Option(help="IP addresses at which browsers reach the media port.")
    ] = None,
) -> None:
    """Run everything on this machine, in one process, until stopped."""
    from vivavoce.app.main import StartError, serve_until_stopped

    overrides = {
        "data_dir": data_dir,
        "host": host,
        "port": port,
        "public_url": public_url,
        "media_port": media_port,
        "media_addresses": media_addresses,
    }
    try:
        code = serve_until_stopped(os.environ, overrides)
    except StartError as error:
        _fail(str(error))
    raise typer.Exit(code)


@app.command()
def doctor(data_dir: DataDirOption = None) -> None:
    """Check that this machine can hold interviews, and say what to do where it cannot."""
    from vivavoce.app.doctor import examine, report
    from vivavoce.app.logs import configure_logs
    from vivavoce.app.settings import SettingsError, read_settings

    try:
        settings = read_settings(os.environ, data_dir=data_dir)
    except SettingsError as error:
        _fail(str(error))
    configure_logs("error", "auto")
    findings = asyncio.run(examine(settings))
    typer.echo(report(findings, color=sys.stdout.isatty()))
    raise typer.Exit(0 if all(finding.ok or finding.optional for finding in findings) else 1)


@app.command()
def certificate(
    hosts: Annotated[list[str], typer.Argument(help="Names and IP addresses of this server.")],
    folder: Annotated[
        Path, typer.Option(help="Where to write certificate.pem and key.pem.")
    ] = Path(),
) -> None:
    """Make a self-signed certificate, to try VIVAVOCE_TLS_PORT out. Browsers warn of it."""
    from vivavoce.app.certificate import CertificateError, write_self_signed

    try:
        written = write_self_signed(hosts, folder)
    except CertificateError as error:
        _fail(str(error))
    typer.echo(f"VIVAVOCE_TLS_CERTIFICATE={written.certificate}\nVIVAVOCE_TLS_KEY={written.key}")


@interview_app.command("create")
def create_interview(
    title: Annotated[str, typer.Option(help="What the interview is called.")],
    data_dir: DataDirOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create an interview on the running server and print its three links."""
    created = _ask(data_dir, lambda control: control.create_interview(title))
    if as_json:
        typer.echo(json.dumps(created))
        return
    typer.echo(f"Created {created['id']}: {title}")
    for role, url in created["links"].items():
        typer.echo(f"  {role:<12} {url}")


@app.command("owner-link")
def owner_link(data_dir: DataDirOption = None) -> None:
    """Print a fresh sign-in link for the owner; it works once."""
    typer.echo(_ask(data_dir, lambda control: control.owner_link()))


def _ask(data_dir: Path | None, question: "Callable[[Control], T]") -> T:
    from vivavoce.app.control import NotRunning, Refused, control_of
    from vivavoce.app.data_dir import DataDirError
    from vivavoce.app.settings import SettingsError

    try:
        return question(control_of(os.environ, data_dir))
    except (NotRunning, Refused, SettingsError, DataDirError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
