"""The divergence check: a client's word on its copy, held against the server's copy; pure.

Equal state vectors do not prove equal text, since deletions move no clock and may be under way. So a difference counts only when
the same client reports the same text again while the server's log has not moved.
"""

import base64
import binascii
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vivavoce.services.collab.lib0 import Malformed, decode_state_vector

CHECK_BYTES_MAX = 64 << 10
INTERVAL_S = 2.0  # reports that come faster are passed over: a digest costs time


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(pattern="^check$")
    vector: str = Field(max_length=CHECK_BYTES_MAX)
    digest: str = Field(pattern="^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Report:
    """The state vector and the digest of the text of a client's copy."""

    vector: dict[int, int]
    digest: str


@dataclass(slots=True)
class Check:
    """What is remembered of one client: when it reported last, and what is suspected."""

    _last_s: float | None = None
    _suspicion: tuple[str, int] | None = None

    def take(self, payload: bytes, now_s: float) -> Report | None:
        """The report, or ``None`` if it comes too soon.

        Raises:
            Malformed: it is no report.
        """
        if self._last_s is not None and now_s - self._last_s < INTERVAL_S:
            return None
        self._last_s = now_s
        try:
            message = _Message.model_validate_json(payload)
            vector = base64.b64decode(message.vector, validate=True)
        except (ValidationError, binascii.Error) as error:
            raise Malformed("the message is no check") from error
        return Report(decode_state_vector(vector), message.digest)

    def differs(self, report: Report, digest: str, seq: int) -> bool:
        """Whether this report, at a state vector equal to ours, confirms an earlier suspicion."""
        before, self._suspicion = self._suspicion, None
        if report.digest == digest:
            return False
        self._suspicion = (report.digest, seq)
        return before == self._suspicion
