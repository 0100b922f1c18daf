"""The process under test of the soak: the media core as the program runs it, told by lines of JSON on standard input.

``{"ask": "join", "room", "participant", "offer"}`` is answered with ``{"answer"}``, ``{"ask": "leave", "room",
"participant"}``, ``{"ask": "close", "room"}`` and ``{"ask": "stats"}`` with ``{"stats"}``. It ends when its input does.
"""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from vivavoce_sfu import Sfu


def obey(sfu: Sfu, request: dict[str, Any]) -> dict[str, Any]:
    match request:
        case {"ask": "join", "room": str(room), "participant": str(name), "offer": str(offer)}:
            sfu.open_room(room)
            return {"answer": sfu.join(room, name, offer)}
        case {"ask": "leave", "room": str(room), "participant": str(name)}:
            sfu.leave(room, name)
        case {"ask": "close", "room": str(room)}:
            sfu.close_room(room)
        case _:
            pass
    return {"stats": asdict(sfu.stats())}


async def serve() -> None:
    sfu = Sfu(port=0)
    # As the program does: events that nobody takes would be kept, and counted as a leak.
    asyncio.get_running_loop().add_reader(sfu.fileno(), sfu.events)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1) as reader:
        while line := await loop.run_in_executor(reader, sys.stdin.readline):
            print(json.dumps(obey(sfu, json.loads(line))), flush=True)
    sfu.close()


if __name__ == "__main__":
    asyncio.run(serve())
