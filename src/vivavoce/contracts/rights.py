"""Who may do what: the one table role × interview state → actions, and nothing else decides.

Every service asks this table with the role and interview of a verified token, never with an id from a
message. ``docs/topics/rights.md`` shows it to people; a test keeps the two equal.
"""

from enum import StrEnum


class Role(StrEnum):
    """The part somebody plays in one interview."""

    INTERVIEWER = "interviewer"
    CANDIDATE = "candidate"
    OBSERVER = "observer"


class InterviewState(StrEnum):
    """Where an interview is in its life; it only moves forward."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"

    @classmethod
    def of(cls, *, started_at: int | None, ended_at: int | None) -> "InterviewState":
        """The state that these times say; one may end without having started."""
        if ended_at is not None:
            return cls.ENDED
        return cls.SCHEDULED if started_at is None else cls.LIVE


class Action(StrEnum):
    """What can be asked of a service."""

    JOIN = "join"
    SEE_AND_HEAR = "see_and_hear"
    SPEAK = "speak"
    SHARE_SCREEN = "share_screen"
    READ_CHAT = "read_chat"
    WRITE_CHAT = "write_chat"
    READ_WORKSPACE = "read_workspace"
    WRITE_WORKSPACE = "write_workspace"
    READ_BRIEF = "read_brief"
    WRITE_BRIEF = "write_brief"
    READ_NOTES = "read_notes"
    WRITE_NOTES = "write_notes"
    WATCH_RUNS = "watch_runs"
    RUN_CODE = "run_code"
    MUTE_OTHERS = "mute_others"
    REMOVE_OTHERS = "remove_others"
    START_INTERVIEW = "start_interview"
    END_INTERVIEW = "end_interview"
    KEEP_LOG = "keep_log"
    READ_LOG = "read_log"


_READING = frozenset(
    {
        Action.JOIN,
        Action.SEE_AND_HEAR,
        Action.READ_CHAT,
        Action.READ_WORKSPACE,
        Action.READ_BRIEF,
        Action.WATCH_RUNS,
        Action.KEEP_LOG,
    }
)
_TAKING_PART = _READING | {
    Action.SPEAK,
    Action.SHARE_SCREEN,
    Action.WRITE_CHAT,
    Action.WRITE_WORKSPACE,
    Action.RUN_CODE,
}
_LEADING = _TAKING_PART | {
    Action.WRITE_BRIEF,
    Action.READ_NOTES,
    Action.WRITE_NOTES,
    Action.MUTE_OTHERS,
    Action.REMOVE_OTHERS,
    Action.START_INTERVIEW,
    Action.END_INTERVIEW,
    Action.READ_LOG,
}
# How the call went is looked at afterwards, and the last minutes of a log come after the end.
_AFTERWARDS = frozenset({Action.KEEP_LOG})

RIGHTS: dict[tuple[Role, InterviewState], frozenset[Action]] = {
    (Role.INTERVIEWER, InterviewState.SCHEDULED): _LEADING,
    (Role.INTERVIEWER, InterviewState.LIVE): _LEADING,
    (Role.INTERVIEWER, InterviewState.ENDED): _AFTERWARDS | {Action.READ_LOG},
    (Role.CANDIDATE, InterviewState.SCHEDULED): _TAKING_PART,
    (Role.CANDIDATE, InterviewState.LIVE): _TAKING_PART,
    (Role.CANDIDATE, InterviewState.ENDED): _AFTERWARDS,
    (Role.OBSERVER, InterviewState.SCHEDULED): _READING,
    (Role.OBSERVER, InterviewState.LIVE): _READING,
    (Role.OBSERVER, InterviewState.ENDED): _AFTERWARDS,
}


def may(role: Role, action: Action, state: InterviewState) -> bool:
    """Whether the table allows it."""
    return action in RIGHTS[role, state]
