"""What the services' tests put around one service: an application, and an interview that was created elsewhere."""

from typing import Any

from fastapi import FastAPI

from vivavoce.contracts.events import InterviewCreated
from vivavoce.contracts.http import handle_problems
from vivavoce.contracts.service import Service
from vivavoce.kernel.ids import InterviewId, OrganisationId, PersonId


def application(*services: Service, **settings: Any) -> FastAPI:
    """Their routes, with refusals answered as the program answers them; ``settings`` are FastAPI's."""
    app = FastAPI(**settings)
    handle_problems(app)
    for service in services:
        for router in service.routers:
            app.include_router(router)
    return app


def interview_created(interview: InterviewId, *, owner_name: str = "Ines") -> InterviewCreated:
    return InterviewCreated(
        interview=interview,
        organisation=OrganisationId("org_1"),
        owner=PersonId("per_1"),
        owner_name=owner_name,
        title="A talk",
    )
