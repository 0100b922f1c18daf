"""Every message by every role in every state, with ids of people here and elsewhere."""

from itertools import product

import pytest

from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.media import Source
from vivavoce.contracts.messages import (
    Chat,
    Error,
    Leave,
    Mute,
    Offer,
    Remove,
    SendChat,
    SetTracks,
    TracksWish,
)
from vivavoce.contracts.rights import Action, InterviewState, Role, may
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.effects import (
    Dismiss,
    Effect,
    JoinMedia,
    RestartMedia,
    SetForwarding,
)
from vivavoce.services.signaling.inputs import Request

from .rooms import ENDED, INES, LIVE, SCHEDULED, Stage, changes_nothing, found, told

ASKER = ParticipantId("par_asker")
TARGET = ParticipantId("par_target")
ELSEWHERE = ParticipantId("par_elsewhere")
VIEWS = {
    InterviewState.SCHEDULED: SCHEDULED,
    InterviewState.LIVE: LIVE,
    InterviewState.ENDED: ENDED,
}
REQUESTS: list[tuple[Request, Action | None]] = [
    (Offer(id="1", sdp="v=0"), Action.SEE_AND_HEAR),
    (Offer(id="1", sdp="v=0", fresh=True), Action.SEE_AND_HEAR),
    (SetTracks(tracks=TracksWish(microphone=True)), Action.SPEAK),
    (SetTracks(tracks=TracksWish(camera=True)), Action.SPEAK),
    (SetTracks(tracks=TracksWish(screen=True)), Action.SHARE_SCREEN),
    (SendChat(id="1", text="hello"), Action.WRITE_CHAT),
    (Mute(participant=TARGET, source=Source.MICROPHONE), Action.MUTE_OTHERS),
    (Remove(participant=TARGET), Action.REMOVE_OTHERS),
    (Leave(), None),
]
CASES = list(product(REQUESTS, Role, InterviewState))


def name(value: object) -> str:
    return type(value).__name__ if isinstance(value, tuple) else str(value)


def stage_of(role: Role, view: InterviewView) -> Stage:
    """The asker and their target, let in while the interview allowed it; then the state is set behind the room's back."""
    stage = Stage(SCHEDULED)
    stage.arrive(TARGET, role=Role.CANDIDATE, tracks=TracksWish(microphone=True))
    stage.arrive(ASKER, role=role)
    stage.room._roster.view = view
    return stage


def took_effect(effects: list[Effect]) -> bool:
    kinds = (JoinMedia, RestartMedia, SetForwarding, Dismiss)
    return any(isinstance(effect, kinds) for effect in effects) or bool(told(effects, TARGET, Chat))


@pytest.mark.parametrize(("case", "role", "state"), CASES, ids=name)
def test_the_table_of_rights_decides(
    case: tuple[Request, Action | None], role: Role, state: InterviewState
) -> None:
    request, action = case
    stage = stage_of(role, VIEWS[state])
    effects = stage.ask(ASKER, request)
    if action is None or may(role, action, state):
        assert took_effect(effects)
        assert not told(effects, ASKER, Error)
    else:
        assert not took_effect(effects)
        assert changes_nothing(effects)
        assert [(error.code, error.about) for error in told(effects, ASKER, Error)] == [
            ("forbidden", stage.last_seq)
        ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", InterviewState)
def test_foreign_ids_reach_nobody(role: Role, state: InterviewState) -> None:
    other_room = Stage(SCHEDULED)
    other_room.arrive(ELSEWHERE, role=Role.CANDIDATE, tracks=TracksWish(microphone=True))
    stage = stage_of(role, VIEWS[state])
    for request in (
        Mute(participant=ELSEWHERE, source=Source.MICROPHONE),
        Remove(participant=ELSEWHERE),
    ):
        effects = stage.ask(ASKER, request)
        assert changes_nothing(effects)
        (error,) = told(effects, ASKER, Error)
        assert error.code in {"forbidden", "not_found"}
        if not may(role, Action.MUTE_OTHERS, state):
            assert error.code == "forbidden", "who may not ask does not learn who is here"


@pytest.mark.parametrize(("role", "view"), list(product(Role, VIEWS.values())), ids=name)
def test_the_table_decides_who_comes_in(role: Role, view: InterviewView) -> None:
    stage = Stage(view)
    effects = stage.arrive(INES, role=role)
    assert bool(found(effects, Dismiss)) != may(role, Action.JOIN, view.state)
