"""Logs over HTTP: browsers send theirs with their join token, interviewers read all of them."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from vivavoce.contracts.http import Bearer, join_claims
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.interviews.log import Batch, Noted
from vivavoce.services.interviews.log_service import ClientLogs
from vivavoce.services.interviews.model import Attendance
from vivavoce.services.interviews.report import CallReport
from vivavoce.services.interviews.service import Asker


class JsonLines(StreamingResponse):
    """One JSON object a line."""

    media_type = "application/x-ndjson"


# FastAPI would give refusals the media type of the answer; they are JSON as everywhere.
_REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused, and why.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def log_router(logs: ClientLogs, verifier: TokenVerifier, asker: Callable[..., Asker]) -> APIRouter:
    router = APIRouter(prefix="/api/interviews/{interview}", tags=["interviews"])
    reader = Depends(asker)

    @router.post("/log", status_code=204)
    async def keep_log(interview: str, batch: Batch, bearer: Bearer) -> None:
        """What a participant's browser noted; entries that came before are passed over."""
        await logs.keep(join_claims(verifier, bearer), InterviewId(interview), batch)

    @router.get("/log", response_class=JsonLines, responses=_REFUSED)
    async def read_log(interview: str, who: Annotated[Asker, reader]) -> JsonLines:
        """All participants' logs, one JSON object a line."""
        roster = await logs.open(who, InterviewId(interview))
        headers = {"content-disposition": f'attachment; filename="{interview}.log.jsonl"'}
        lines = _lines(logs, InterviewId(interview), roster)
        return JsonLines(lines, headers=headers)

    @router.get("/quality")
    async def call_report(interview: str, who: Annotated[Asker, reader]) -> CallReport:
        """How the call went for each participant, from their logs so far."""
        return await logs.report(who, InterviewId(interview))

    _ = keep_log, read_log, call_report
    return router


async def _lines(
    logs: ClientLogs, interview: InterviewId, roster: list[Attendance]
) -> AsyncIterator[str]:
    people = {each.participant: {"name": each.name, "role": each.role} for each in roster}
    async for participant, note in logs.notes(interview):
        who = {"participant": participant, **people.get(participant, {})}
        yield json.dumps(who | _shown(note), ensure_ascii=False) + "\n"


def _shown(note: Noted) -> dict[str, object]:
    entry = note.entry.model_dump(mode="json", exclude_none=True, exclude={"ago_ms"})
    return {"page": note.page, "at": note.at, **entry}
