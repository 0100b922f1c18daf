"""TURN servers of the operator's own (coturn), beside the relay that the core has built in."""

import base64
import hmac
from dataclasses import dataclass, field

from vivavoce.contracts.media import Relay
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import InterviewId, ParticipantId

CREDENTIAL_TTL_S = 300
OWNER_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class TurnServers:
    """``urls`` as RFC 7065 has them; ``secret`` is shared with the servers (coturn's ``static-auth-secret``)."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)

    def relay_for(self, interview: InterviewId, participant: ParticipantId, now: Millis) -> Relay:
        """A name that is good for five minutes to begin with, as the REST API for TURN makes it
        (draft-uberti-behave-turn-rest-00). It is the same participant's from one time to the next, which a quota
        needs, and tells the server's log nobody.
        """
        owner = self._code("sha256", f"{interview}/{participant}").hex()[:OWNER_CHARACTERS]
        name = f"{now // 1000 + CREDENTIAL_TTL_S}:{owner}"
        return Relay(self.urls, name, base64.b64encode(self._code("sha1", name)).decode())

    def _code(self, digest: str, text: str) -> bytes:
        return hmac.digest(self.secret.encode(), text.encode(), digest)
