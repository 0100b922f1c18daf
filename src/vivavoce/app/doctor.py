"""Examine this machine: each finding says what was looked at, what was found and, where it is bad, what to do."""

import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from vivavoce.app.data_dir import DataDir, DataDirError
from vivavoce.app.media_addresses import browser_addresses
from vivavoce.app.settings import Settings

FREE_BYTES_MIN = 1 << 30
YEAR_S = 365 * 24 * 3600
BUILD_EPOCH_S = 1_790_000_000  # a clock before this code was written is wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """``optional`` findings do not make the machine unfit."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    optional: bool = False


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order they are shown."""
    checks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [
        _data_dir,
        _ports,
        _media,
        _web_client,
        _clock,
        _runner,
    ]
    return [finding for check in checks for finding in await check(settings)]


def report(findings: list[Finding], *, color: bool) -> str:
    """For people: one line a finding, its remedy below."""
    lines: list[str] = []
    for finding in findings:
        mark, shade = ("ok", 32) if finding.ok else ("--", 33) if finding.optional else ("!!", 31)
        shown = f"\x1b[{shade}m{mark}\x1b[0m" if color else mark
        lines.append(f" {shown}  {finding.name:<22} {finding.detail}")
        if finding.remedy and not finding.ok:
            lines.append(f"     {'':<22} → {finding.remedy}")
    bad = [finding for finding in findings if not (finding.ok or finding.optional)]
    verdict = "This machine can hold interviews." if not bad else f"{len(bad)} to mend."
    return "\n".join([*lines, "", verdict])


async def _data_dir(settings: Settings) -> list[Finding]:
    root = settings.data_dir
    existing = next(path for path in (root, *root.parents) if path.exists())
    if not _is_writable(existing):
        remedy = "Give another folder with --data-dir or VIVAVOCE_DATA_DIR."
        return [Finding("data folder", False, f"{root} cannot be written to", remedy)]
    free = shutil.disk_usage(existing).free
    return [
        Finding("data folder", True, str(root)),
        Finding(
            "free space",
            free >= FREE_BYTES_MIN,
            f"{free / 1e9:.1f} GB",
            "Free at least 1 GB, or move the data folder.",
        ),
    ]


def _is_writable(folder: Path) -> bool:
    """By trying: root may write everywhere, and still cannot on a read-only disk."""
    try:
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


async def _ports(settings: Settings) -> list[Finding]:
    try:
        url = DataDir(settings.data_dir).server_url()
    except DataDirError as error:
        return [Finding("ports", False, str(error), "Run this as the user of the data folder.")]
    if url is not None:
        return [Finding("ports", True, f"a server is running on this data folder, {url}")]
    media_host = settings.media_host or settings.host
    findings = [
        _port("HTTP port", socket.SOCK_STREAM, settings.host, settings.port, "--port"),
        _port(
            "media port (UDP)", socket.SOCK_DGRAM, media_host, settings.media_port, "--media-port"
        ),
    ]
    if settings.media_tcp:
        name, kind = "media port (TCP)", socket.SOCK_STREAM
        findings.append(_port(name, kind, media_host, settings.media_port, "--media-port"))
    if settings.tls_port is not None:
        name, kind = "HTTPS and media port", socket.SOCK_STREAM
        findings.append(_port(name, kind, media_host, settings.tls_port, "VIVAVOCE_TLS_PORT"))
    return findings


def _port(name: str, kind: socket.SocketKind, host: str, port: int, option: str) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"If that is not a running Vivavoce, stop what uses it or choose another with {option}."
            return Finding(name, False, f"{host}:{port}: {error.strerror}", remedy)
    return Finding(name, True, f"{host}:{port} is free")


async def _media(settings: Settings) -> list[Finding]:
    try:
        import vivavoce_sfu  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        return [Finding("media core", False, f"not built ({error})", "Run `make setup`.")]
    addresses = browser_addresses(settings)
    only_here = all(address.startswith("127.") or address == "::1" for address in addresses)
    hint = " (only browsers on this machine; for others set VIVAVOCE_HOST and VIVAVOCE_MEDIA_ADDRESSES)"
    detail = f"{', '.join(addresses)} port {settings.media_port}{hint if only_here else ''}"
    return [Finding("media core", True, "built"), Finding("media address", True, detail)]


async def _web_client(_settings: Settings) -> list[Finding]:
    from vivavoce.app.program import WEB_DIST

    built = (WEB_DIST / "index.html").is_file()
    return [Finding("web client", built, "built" if built else "not built", "Run `make setup`.")]


async def _clock(_settings: Settings) -> list[Finding]:
    now_s = time.time()
    plausible = BUILD_EPOCH_S <= now_s <= BUILD_EPOCH_S + 30 * YEAR_S
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s))
    remedy = "Set the clock (timedatectl set-ntp true): sign-in links and tokens depend on it."
    return [Finding("clock", plausible, shown, remedy)]


async def _runner(settings: Settings) -> list[Finding]:
    from vivavoce.app.program import runner_options
    from vivavoce.services.runner.doctor import check

    with TemporaryDirectory(prefix="vivavoce-doctor-") as scratch:
        # What is prepared for the languages goes where the server will look, but no folder is made for it.
        data = DataDir(settings.data_dir if _is_writable(settings.data_dir) else Path(scratch))
        checks = await check(runner_options(settings, data))
    return [
        Finding(entry.name, entry.ok, entry.detail, entry.remedy, optional=entry.name != "sandbox")
        for entry in checks
    ]
