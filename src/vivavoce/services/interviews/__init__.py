"""The life of an interview.

Owns: interviews (title, schedule, state) and their rosters of who was in.
Publishes: ``InterviewCreated``, ``InterviewStarted``, ``InterviewEnded``, each stored with the change it tells of.
Consumes: ``ParticipantJoined`` and ``ParticipantLeft`` (the roster).
Exposes: REST under ``/api/interviews``.
"""

from vivavoce.contracts.service import Service
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.documents import Documents
from vivavoce.kernel.events import EventBus
from vivavoce.services.interviews.http import interviews_router
from vivavoce.services.interviews.service import Interviews
from vivavoce.services.interviews.store import InterviewStore

__all__ = ["create"]


def create(
    *, clock: Clock, documents: Documents, bus: EventBus, verifier: TokenVerifier
) -> Service:
    interviews = Interviews(InterviewStore(documents), clock=clock, bus=bus)
    return Service("interviews", [interviews_router(interviews, verifier)])
