"""The settings, read once at start from the environment (``VIVAVOCE_*``) and the command line.

``docs/settings.md`` lists them; a test keeps the two equal. An unknown or malformed variable stops the start.
"""

import difflib
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

PREFIX = "VIVAVOCE_"
VIDEO_KBPS_MAX = 1_000_000
VIDEO_CEILING_KBPS_MIN = 150
"""One face in the smallest size."""
_TLS = ("tls_port", "tls_certificate", "tls_key")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TURN = re.compile(
    r"turns?:([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?"
)
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")


class SettingsError(Exception):
    """The settings cannot be used; the message names each field and says what it must be."""


def _split(value: object) -> object:
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Settings(BaseModel):
    """Everything an operator can set. Descriptions are the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(
        description="Folder for everything that lasts. Default: $XDG_DATA_HOME/vivavoce, or ~/.local/share/vivavoce."
    )
    host: str = Field("127.0.0.1", description="Address that HTTP and WebSockets listen on.")
    port: int = Field(
        8080, ge=0, le=65535, description="TCP port of HTTP and WebSockets; 0 picks a free one."
    )
    public_url: str | None = Field(
        None,
        description="The URL under which people reach this server, e.g. https://interviews.example.com. Default: http://localhost:PORT.",
    )
    allowed_origins: Names = Field(
        (),
        description="Further origins, separated by commas, whose pages may open sockets and send requests.",
    )
    media_host: str | None = Field(
        None, description="Address that media listens on. Default: the same as host."
    )
    media_port: int = Field(
        7882, ge=0, le=65535, description="UDP and TCP port of media; 0 picks a free one."
    )
    media_tcp: bool = Field(
        default=True,
        description="Take media over TCP too, for people whose network blocks UDP.",
    )
    media_addresses: Names = Field(
        (),
        description="IP addresses, separated by commas, at which browsers reach the media port. Default: media_host, or every address of this machine if that is 0.0.0.0.",
    )
    tls_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="One TCP port for HTTPS and media, on the media host, for people whose network lets nothing else through; normally 443.",
    )
    tls_certificate: Path | None = Field(
        None, description="PEM file of the certificate for tls_port, with its chain."
    )
    tls_key: Path | None = Field(None, description="PEM file of that certificate's private key.")
    video_floor_kbps: int = Field(
        0,
        ge=0,
        le=VIDEO_KBPS_MAX,
        description="Below so many kbit/s for all pictures together a participant gets none, and sound only.",
    )
    video_ceiling_kbps: int | None = Field(
        None,
        ge=VIDEO_CEILING_KBPS_MIN,
        le=VIDEO_KBPS_MAX,
        description="A participant gets no more than so many kbit/s of pictures, all together. Default: what their network carries.",
    )
    turn_urls: Names = Field(
        (),
        description="TURN servers of your own, separated by commas, e.g. turn:turn.example.com:3478?transport=udp, beside the relay that is built in.",
    )
    turn_secret_file: Path | None = Field(
        None,
        description="File with the secret that those servers share with this one (static-auth-secret of coturn).",
    )
    runs_parallel: int = Field(
        2,
        ge=1,
        le=64,
        description="How many runs of code may compute at the same time on this machine; more may wait for input.",
    )
    sandbox_allow_weak: bool = Field(
        default=False,
        description="Run code even where memory and process limits can only be set per process (no usable cgroups).",
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    log_format: str = Field(
        "auto",
        pattern="^(auto|json|console)$",
        description="json, console, or auto: console on a terminal, else json.",
    )

    @field_validator("data_dir", mode="before")
    @classmethod
    def _is_folder(cls, value: object) -> object:
        if not str(value).strip():
            raise ValueError("must name a folder")
        try:
            return Path(str(value)).expanduser()
        except RuntimeError as error:
            raise ValueError(str(error)) from error

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str | None) -> str | None:
        return None if value is None else _origin(value)

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_origin, value))

    @field_validator("host", "media_host")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = "127.0.0.1" if value == "localhost" else value
        return str(ipaddress.ip_address(address))

    @model_validator(mode="after")
    def _has_all_of_tls(self) -> Self:
        given = [name for name in _TLS if getattr(self, name) is not None]
        if given and len(given) < len(_TLS):
            missing = ", ".join(PREFIX + name.upper() for name in _TLS if name not in given)
            raise ValueError(f"HTTPS also needs {missing}")
        return self

    @model_validator(mode="after")
    def _has_room_for_pictures(self) -> Self:
        if self.video_ceiling_kbps is not None and self.video_ceiling_kbps < self.video_floor_kbps:
            raise ValueError(
                f"{PREFIX}VIDEO_CEILING_KBPS is less than {PREFIX}VIDEO_FLOOR_KBPS, so nobody would get a picture"
            )
        return self

    @model_validator(mode="after")
    def _has_all_of_turn(self) -> Self:
        if bool(self.turn_urls) != (self.turn_secret_file is not None):
            missing = "TURN_SECRET_FILE" if self.turn_urls else "TURN_URLS"
            raise ValueError(f"TURN servers also need {PREFIX}{missing}")
        return self

    @field_validator("turn_urls")
    @classmethod
    def _are_turn_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not _TURN.fullmatch(url):
                raise ValueError(f"{url} is not like turn:host:3478?transport=udp (RFC 7065)")
        return value

    @field_validator("media_addresses")
    @classmethod
    def _are_reachable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unspecified := [each for each in value if ipaddress.ip_address(each).is_unspecified]:
            raise ValueError(f"{unspecified[0]} is nobody's address")
        return value


def _origin(url: str) -> str:
    """Scheme, host and port as a browser writes them (RFC 6454 §6.2)."""
    parts = urlsplit(url)
    has_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or has_more:
        raise ValueError("must be http:// or https:// and a host, without a path")
    is_default = parts.port == _DEFAULT_PORTS[parts.scheme]  # ValueError for a port that is none
    host = parts.netloc.removesuffix(f":{parts.port}") if is_default else parts.netloc
    return f"{parts.scheme}://{host.lower()}"


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """By the XDG base directory specification."""
    base = Path(environ.get("XDG_DATA_HOME", ""))
    if not base.is_absolute():
        base = Path(environ.get("HOME", "/")) / ".local" / "share"
    return base / "vivavoce"


def read_settings(environ: Mapping[str, str], **overrides: object) -> Settings:
    """Settings from ``VIVAVOCE_*`` variables; overrides that are not None win.

    Raises:
        SettingsError: naming every unknown or malformed field.
    """
    given: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    given |= {name: value for name, value in overrides.items() if value is not None}
    given.setdefault("data_dir", default_data_dir(environ))
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(detail) for detail in error.errors())) from None


def _sentence(detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return f"{detail['msg'].removeprefix('Value error, ')}."
    name = str(detail["loc"][0])
    variable = PREFIX + name.upper()
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name, Settings.model_fields, n=1)
        hint = f" Did you mean {PREFIX}{close[0].upper()}?" if close else ""
        return f"{variable} is not a setting.{hint}"
    reason = detail["msg"].removeprefix("Value error, ")
    return f"{variable}={detail['input']!r}: {reason}. ({Settings.model_fields[name].description})"
