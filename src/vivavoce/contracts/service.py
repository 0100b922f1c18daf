"""What the composition root sees of a service: routes to mount and a life to run."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from fastapi import APIRouter


def _no_life() -> AbstractAsyncContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Service:
    """``routers`` carry full paths (``/api/…``); ``run`` is entered before the first request and left after the last."""

    name: str
    routers: Sequence[APIRouter] = ()
    run: Callable[[], AbstractAsyncContextManager[None]] = field(default=_no_life)
