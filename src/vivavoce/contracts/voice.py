"""The voice socket's text messages: the one source of ``protocol/voice.schema.json`` and of the TypeScript types.

One WebSocket for somebody whose network lets nothing but web pages through: ``/api/rooms/{interview}/voice``. Binary
messages are frames of sound; what else there is to say is JSON. Prose, and the shape of frames: ``protocol/voice.md``.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TEXT_BYTES_MAX = 1024
COUNT_MAX = 1 << 40


class _FromClient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _FromServer(BaseModel):
    model_config = ConfigDict(frozen=True)


Count = Annotated[int, Field(ge=0, le=COUNT_MAX)]


class VoiceHello(_FromClient):
    """Must be the first message; the ticket came with ``voice_joined``."""

    type: Literal["hello"] = "hello"
    ticket: str = Field(max_length=200)


class VoicePong(_FromClient):
    """Answers a ``ping``, with totals since the socket was opened.

    ``heard``: frames that came; ``lost``: those of them that came too late to be played, or never came; ``unsent``: own
    frames given up because they could not be sent in time.
    """

    type: Literal["pong"] = "pong"
    sent: Count
    heard: Count
    lost: Count
    unsent: Count


VoiceClientMessage = Annotated[VoiceHello | VoicePong, Field(discriminator="type")]


class VoicePing(_FromServer):
    """Every two seconds. ``sent`` is returned as it came.

    ``round_trip_ms`` is what the last one took, null before; ``taken`` and ``late`` count the frames that came to the
    server, and those of them that came too late to be passed on.
    """

    type: Literal["ping"] = "ping"
    sent: int
    round_trip_ms: int | None
    taken: int
    late: int


VoiceServerMessage = VoicePing
