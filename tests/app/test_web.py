"""The web client's files: what is served, how long it may be kept, and that nothing else leaves the folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from vivavoce.app import web
from vivavoce.contracts.http import handle_problems

SECRET = "kept outside"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("the client")
    (dist / "api-docs.html").write_text("the docs")
    (dist / "favicon.svg").write_text("<svg/>")
    (dist / ".hidden").write_text(SECRET)
    (dist / "assets" / "index-abc.js").write_text("script")
    (tmp_path / "secret.txt").write_text(SECRET)
    app = FastAPI()
    handle_problems(app)
    app.mount("/assets", web.assets(dist))

    @app.get("/api/broken")
    async def broken() -> None:  # pyright: ignore[reportUnusedFunction]
        raise RuntimeError(SECRET)

    @app.post("/api/deed")
    async def deed() -> None:  # pyright: ignore[reportUnusedFunction]
        pass

    app.include_router(web.pages(dist))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://viva.test") as made:
        yield made


@pytest.mark.parametrize(
    "path", ["/", "/signin", "/apis", "/i/itv_1", "/deep/er/page.html", "/nothing.js"]
)
async def test_every_path_is_a_page_and_asked_for_again(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert (answer.text, answer.headers["cache-control"]) == ("the client", "no-cache")


async def test_hashed_files_are_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/index-abc.js")
    assert answer.text == "script"
    assert "immutable" in answer.headers["cache-control"]


async def test_the_documentation_of_the_api_has_a_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/docs")).text == "the docs"


@pytest.mark.parametrize("path", ["/", "/api/docs", "/favicon.svg"])
async def test_a_page_can_be_asked_for_without_its_body(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/.hidden",
        "/%2ehidden",
        "/assets/%00",
        "//secret.txt",
        "/a.%00",
        "/a." + "b" * 300,
        "/assets/" + "b" * 300,
    ],
)
async def test_nothing_outside_the_folder_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(httpx.URL(f"http://viva.test{path}"))
    assert answer.status_code in (200, 404)
    assert SECRET not in answer.text


async def test_what_the_api_does_not_have_is_no_page(client: httpx.AsyncClient) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/nothing/at/all"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "/api/docs" in answer.json()["message"]


async def test_the_api_says_which_methods_it_does_not_take(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/deed")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_a_bug_is_answered_without_its_details(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert SECRET not in answer.text
