"""The web client's files: hashed assets for ever, the pages never cached; every other path is the client's own."""

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.staticfiles import StaticFiles

_NOT_BUILT = "The web client has not been built. Run `make run`, or: npm --prefix web ci && npm --prefix web run build\n"
_ROOT_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.[a-z0-9]{1,12}")  # favicon.svg
_READING = ["GET", "HEAD"]
_IMMUTABLE = "public, max-age=31536000, immutable"


class _PagePath(PathConvertor):
    regex = r"(?!api(?:/|$)).*"


class _Assets(StaticFiles):
    """Names carry a hash of the content, so they may be kept for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = _IMMUTABLE
        return response


def assets(dist: Path) -> StaticFiles:
    """The hashed files under ``/assets``."""
    return _Assets(directory=dist / "assets", check_dir=False)


def pages(dist: Path) -> APIRouter:
    """Every page is ``index.html``; unknown paths under ``/api`` stay unknown."""
    register_url_convertor("page", _PagePath())
    router = APIRouter(include_in_schema=False)

    def page(name: str) -> Response:
        file = dist / name
        if not file.is_file():
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        return FileResponse(file, headers={"cache-control": "no-cache"})

    @router.api_route("/api/docs", methods=_READING)
    async def docs() -> Response:  # pyright: ignore[reportUnusedFunction]
        return page("api-docs.html")

    @router.api_route("/{path:page}", methods=_READING)
    async def any_page(path: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        return page(
            path if _ROOT_FILE.fullmatch(path) and (dist / path).is_file() else "index.html"
        )

    return router
