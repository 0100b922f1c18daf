"""The life of an interview.

Owns: interviews (title, schedule, state), their rosters of who was in, and what participants' browsers noted of the call.
Publishes: ``InterviewCreated``, ``InterviewStarted``, ``InterviewEnded``, each stored with the change it tells of.
Consumes: ``ParticipantJoined`` and ``ParticipantLeft`` (the roster).
Exposes: REST under ``/api/interviews``.
"""

from vivavoce.contracts.service import Service
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.documents import Documents
from vivavoce.kernel.events import EventBus
from vivavoce.services.interviews.http import asker_of, interviews_router
from vivavoce.services.interviews.log_http import log_router
from vivavoce.services.interviews.log_service import ClientLogs
from vivavoce.services.interviews.log_store import LogStore
from vivavoce.services.interviews.service import Interviews
from vivavoce.services.interviews.store import InterviewStore

__all__ = ["create"]


def create(
    *, clock: Clock, documents: Documents, bus: EventBus, verifier: TokenVerifier
) -> Service:
    store = InterviewStore(documents)
    interviews = Interviews(store, clock=clock, bus=bus)
    logs = ClientLogs(store, LogStore(documents), clock)
    routers = [
        interviews_router(interviews, verifier),
        log_router(logs, verifier, asker_of(verifier)),
    ]
    return Service("interviews", routers)
