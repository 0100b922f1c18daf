"""What the command line asks of the running server, over its own HTTP surface.

Whoever may read the data folder holds the signing key, and so signs a session for the owner: no secret is kept for the command line.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from vivavoce.app.data_dir import DataDir
from vivavoce.app.settings import read_settings
from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import SystemClock
from vivavoce.services import auth

TIMEOUT_S = 10.0


class NotRunning(Exception):
    """No server answers for this data folder; the message says what to do."""


class Refused(Exception):
    """The server's own sentence."""


def control_of(environ: Mapping[str, str], chosen: Path | None) -> "Control":
    """The way to the server that runs on the data folder.

    Raises:
        NotRunning: none does.
        SettingsError, DataDirError: the folder cannot be used.
    """
    data = DataDir(read_settings(environ, data_dir=chosen).data_dir)
    return Control.of(
        data, lambda: auth.owner_session(signing_key=data.signing_key(), clock=SystemClock())
    )


class Control:
    """A signed-in HTTP client of the running server."""

    def __init__(self, data: DataDir, client: httpx.Client) -> None:
        self._data = data
        self._client = client

    @classmethod
    def of(cls, data: DataDir, session: Callable[[], str]) -> Self:
        """``session`` makes the token, and is called only if a server is there.

        Raises:
            NotRunning: none runs on this folder.
            DataDirError: the folder cannot be read.
        """
        url = data.server_url()
        if url is None:
            raise NotRunning(_not_running(data))
        headers = {"authorization": f"Bearer {session()}"}
        # The server is on this machine: a proxy of the environment is not asked, and gets no token.
        client = httpx.Client(base_url=url, timeout=TIMEOUT_S, headers=headers, trust_env=False)
        return cls(data, client)

    def create_interview(self, title: str) -> dict[str, Any]:
        """``{"id", "links": {role: url}}``."""
        interview = self._call("POST", "/api/interviews", {"title": title})
        invitations = self._call("GET", f"/api/interviews/{interview['id']}/invitations")
        urls = {entry["role"]: entry["url"] for entry in invitations["invitations"]}
        return {"id": interview["id"], "links": {role.value: urls[role.value] for role in Role}}

    def owner_link(self) -> str:
        """A fresh one-use sign-in link."""
        return str(self._call("POST", "/api/auth/owner-links")["url"])

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, json=body)
        except UnicodeEncodeError as error:  # an argument whose bytes are no UTF-8
            raise Refused("This text is not in UTF-8.") from error
        except httpx.TransportError as error:
            message = f"The Vivavoce server on {self._data.root} does not answer ({error})."
            raise NotRunning(message) from error
        if response.is_error:
            raise Refused(_sentence_of(response))
        return response.json()


def _not_running(data: DataDir) -> str:
    return (
        f"No Vivavoce server is running on {data.root}. Start one with `vivavoce serve`,"
        " or name its folder with --data-dir."
    )


def _sentence_of(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {response.status_code}."
