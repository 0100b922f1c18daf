"""Two people at the two ends of a network, the server at one of them."""

import asyncio
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

from tests.network.ip import inside
from tests.network.namespaces import NEAR_ADDRESS, Network

from .people import CHROMIUM_FLAGS, Person, Program


@dataclass(frozen=True)
class Call:
    """Ines beside the server, Caro at the far end; ``links`` lead to their room."""

    network: Network
    program: Program
    ines: Person
    caro: Person
    links: dict[str, str]

    async def join(self) -> None:
        """Both go in, Ines as the interviewer."""
        await asyncio.gather(
            self.ines.join(self.links["interviewer"]), self.caro.join(self.links["candidate"])
        )


@asynccontextmanager
async def apart(network: Network, folder: Path, *environment: str) -> AsyncGenerator[Call]:
    """Both in browsers of their own, in no room yet; the server has ``environment`` (``NAME=value``) too."""
    prefix = (*inside(network.near), "env", *environment)
    command = Path(sys.executable).with_name("vivavoce")
    program = Program(command, folder, "--host", NEAR_ADDRESS, prefix=prefix)
    program.start()
    try:
        async with async_playwright() as playwright:
            beside = await browser_in(playwright, network.near, program.url, folder)
            far = await browser_in(playwright, network.far, program.url, folder)
            ines, caro = await Person.arrive(beside, "Ines"), await Person.arrive(far, "Caro")
            yield Call(network, program, ines, caro, program.create_interview().links)
            await beside.close()
            await far.close()
    finally:
        program.stop()


async def browser_in(
    playwright: Playwright, namespace: str, url: str, folder: Path, *flags: str
) -> Browser:
    """Chromium in a network namespace, to which the plain HTTP of ``url`` is as good as HTTPS."""
    chromium = shutil.which("chromium")
    assert chromium
    script = folder / f"chromium-in-{namespace}"
    command = " ".join((*inside(namespace), chromium))
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    script.chmod(0o755)
    secure = f"--unsafely-treat-insecure-origin-as-secure={url}"
    return await playwright.chromium.launch(
        executable_path=script, args=[*CHROMIUM_FLAGS, secure, *flags]
    )
