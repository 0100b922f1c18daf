"""A browser at another end of a network than its server."""

import shutil
from pathlib import Path

from playwright.async_api import Browser, Playwright

from tests.network.namespaces import Network

from .people import CHROMIUM_FLAGS


async def browser_in(
    playwright: Playwright, namespace: str, url: str, folder: Path, *flags: str
) -> Browser:
    """Chromium in a network namespace, to which the plain HTTP of ``url`` is as good as HTTPS."""
    chromium = shutil.which("chromium")
    assert chromium
    script = folder / f"chromium-in-{namespace}"
    inside = " ".join(Network.inside(namespace))
    script.write_text(f'#!/bin/sh\nexec {inside} {chromium} "$@"\n')
    script.chmod(0o755)
    secure = f"--unsafely-treat-insecure-origin-as-secure={url}"
    return await playwright.chromium.launch(
        executable_path=script, args=[*CHROMIUM_FLAGS, secure, *flags]
    )
