"""Run by ``test_modes`` as a user without any right: what an ordinary user's server can do."""

import asyncio
import sys

from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner.sandbox import Ending, Job, Limits, Profile, SandboxUnavailable, Step
from vivavoce.services.runner.sandboxes.bubblewrap import BubblewrapOptions, BubblewrapSandbox


class Listener:
    def __init__(self) -> None:
        self.text = ""

    def on_step(self, kind: str) -> None:
        pass

    def on_output(self, stream: str, content: bytes) -> None:
        self.text += content.decode()

    def on_idle(self) -> None:
        pass


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


async def run(sandbox: BubblewrapSandbox, *argv: str) -> tuple[Ending, str]:
    listener = Listener()
    box = await sandbox.open(Profile("test"))
    ending = await box.execute(Job((), (Step("run", argv, Limits(wall_s=5)),)), listener)
    return ending, listener.text.strip()


async def main() -> None:
    try:
        await BubblewrapSandbox(clock=SystemClock(), options=BubblewrapOptions()).start()
    except SandboxUnavailable as error:
        say("refused:", error.message.split(": ")[1].split(" to ")[0])
    sandbox = BubblewrapSandbox(clock=SystemClock(), options=BubblewrapOptions(allow_weak=True))
    await sandbox.start()
    say(sandbox.isolation.name)
    ending, text = await run(sandbox, "/bin/sh", "-c", "echo hello $(id -u)")
    say(ending.exit_code, text.replace("1000", "65534-free"))
    forks = "import os, time; [os.fork() or (b'x' * (90 << 20), time.sleep(9)) for _ in range(9)]; time.sleep(9)"
    ending, _ = await run(sandbox, "/usr/bin/python3", "-c", forks)
    say(ending.stopped)
    await sandbox.close()


asyncio.run(main())
