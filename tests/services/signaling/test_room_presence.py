"""Coming, going and coming back."""

from vivavoce.contracts.events import ParticipantJoined, ParticipantLeft
from vivavoce.contracts.media import Connected, Disconnected
from vivavoce.contracts.messages import (
    InterviewChanged,
    Joined,
    Leave,
    Left,
    Remove,
    TracksWish,
    Updated,
)
from vivavoce.contracts.rights import RIGHTS, InterviewState, Role
from vivavoce.contracts.sockets import CLOSE_ENDED, CLOSE_FORBIDDEN, CLOSE_TOO_MUCH
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.effects import (
    CloseMedia,
    CloseRoom,
    Dismiss,
    Greet,
    JoinMedia,
    LeaveMedia,
    OpenMedia,
    Publish,
)
from vivavoce.services.signaling.inputs import (
    Arrived,
    Dropped,
    Identity,
    InterviewMoved,
    MediaReported,
    Returned,
    Tick,
)
from vivavoce.services.signaling.member import GRACE_S, GRACE_WITH_MEDIA_S
from vivavoce.services.signaling.room import EMPTY_ROOM_S
from vivavoce.services.signaling.roster import OBSERVERS_MAX, SPEAKING_MEMBERS_MAX

from .rooms import CARO, ENDED, INES, LIVE, OLAF, ROLES, SCHEDULED, Stage, found, told


def test_the_first_to_arrive_is_welcomed_alone_with_rights_and_answer() -> None:
    stage = Stage()
    stage.arrive(INES, tracks=TracksWish(microphone=True))
    welcome = stage.welcome().welcome
    assert welcome.you == INES
    assert [one.id for one in welcome.participants] == [INES]
    assert welcome.participants[0].tracks.microphone
    assert welcome.answer == "answer to offer"
    assert not welcome.offer_needed
    assert welcome.rights == sorted(RIGHTS[Role.INTERVIEWER, InterviewState.SCHEDULED])


def test_media_are_opened_once_and_before_the_first_join() -> None:
    stage = Stage()
    first = stage.arrive(INES)
    assert isinstance(first[0], OpenMedia)
    assert isinstance(first[1], JoinMedia)
    assert not found(stage.arrive(CARO), OpenMedia)


def test_the_second_sees_the_first_and_the_first_hears_of_the_second() -> None:
    stage = Stage()
    stage.arrive(INES)
    effects = stage.arrive(CARO)
    assert [one.id for one in stage.welcome().welcome.participants] == [INES, CARO]
    (joined,) = told(effects, INES, Joined)
    assert joined.participant.id == CARO
    assert not told(effects, CARO, Joined)


def test_an_arrival_is_published_once_with_role_and_name() -> None:
    stage = Stage()
    (published,) = found(stage.arrive(CARO), Publish)
    assert isinstance(published.fact, ParticipantJoined)
    assert (published.fact.participant, published.fact.role) == (CARO, Role.CANDIDATE)
    assert not found(stage.arrive(CARO, token="another"), Publish)


def test_a_welcome_precedes_everything_else_that_somebody_gets() -> None:
    stage = Stage()
    stage.arrive(INES)
    who = Identity(CARO, Role.CANDIDATE, "Caro")
    stage.handle(Arrived(who, "t", "offer", None))
    effects = stage.handle(InterviewMoved(LIVE))
    assert told(effects, INES, InterviewChanged)
    assert not told(effects, CARO, InterviewChanged)


def test_a_waiting_newcomer_is_not_shown_to_others() -> None:
    stage = Stage()
    stage.handle(Arrived(Identity(CARO, Role.CANDIDATE, "Caro"), "t", "offer", None))
    stage.arrive(INES)
    assert [one.id for one in stage.welcome().welcome.participants] == [INES]


def test_without_an_offer_the_welcome_asks_for_one() -> None:
    stage = Stage()
    stage.arrive(INES, offer=None)
    assert stage.welcome().welcome.answer is None
    assert stage.welcome().welcome.offer_needed


def test_a_second_arrival_keeps_colour_place_and_media_but_not_the_name() -> None:
    stage = Stage()
    stage.arrive(INES)
    before = stage.welcome().welcome.participants[0]
    stage.now_s = 5.0
    stage.handle(Arrived(Identity(INES, Role.INTERVIEWER, "Inés"), "new", None, None))
    welcome = stage.welcome().welcome
    (after,) = welcome.participants
    assert (after.color, after.joined_at) == (before.color, before.joined_at)
    assert after.name == "Inés"
    assert welcome.resume_token == "new"
    assert not welcome.offer_needed


def test_switches_survive_an_arrival_that_does_not_speak_of_them() -> None:
    stage = Stage()
    stage.arrive(INES, tracks=TracksWish(camera=True))
    stage.arrive(INES, token="new", offer=None)
    assert stage.welcome().welcome.participants[0].tracks.camera


def test_eight_people_fit_and_the_ninth_is_told_so() -> None:
    stage = Stage()
    for number in range(SPEAKING_MEMBERS_MAX):
        stage.arrive(ParticipantId(f"par_{number}"), role=Role.INTERVIEWER)
    (refusal,) = stage.arrive(INES)
    assert isinstance(refusal, Dismiss)
    assert refusal.code == CLOSE_TOO_MUCH
    assert refusal.error is not None
    assert refusal.error.code == "room_full"
    assert found(stage.arrive(OLAF), Greet), "observers have places of their own"


def test_sixteen_observers_fit_and_the_next_is_told_so() -> None:
    stage = Stage()
    for number in range(OBSERVERS_MAX):
        stage.arrive(ParticipantId(f"par_{number}"), role=Role.OBSERVER)
    (refusal,) = stage.arrive(OLAF)
    assert isinstance(refusal, Dismiss)
    assert found(stage.arrive(INES), Greet)


def test_candidates_cannot_fill_the_room_before_an_interviewer_is_there() -> None:
    stage = Stage()
    for number in range(SPEAKING_MEMBERS_MAX - 1):
        assert found(stage.arrive(ParticipantId(f"par_{number}"), role=Role.CANDIDATE), Greet)
    (refusal,) = stage.arrive(CARO)
    assert isinstance(refusal, Dismiss)
    assert refusal.error is not None
    assert refusal.error.message == "The last place in this interview is kept for an interviewer."
    assert found(stage.arrive(INES), Greet)


def test_a_place_is_kept_for_one_who_dropped() -> None:
    stage = Stage()
    for number in range(SPEAKING_MEMBERS_MAX):
        stage.arrive(ParticipantId(f"par_{number}"), role=Role.INTERVIEWER)
    stage.handle(Dropped(ParticipantId("par_3")))
    assert found(stage.arrive(INES), Dismiss)
    assert found(stage.arrive(ParticipantId("par_3"), role=Role.CANDIDATE, token="new"), Greet)


def test_a_person_has_the_colour_that_their_token_says() -> None:
    stage = Stage()
    stage.handle(Arrived(Identity(CARO, Role.CANDIDATE, "Caro", "#123456"), "t", None, None))
    assert [one.color for one in stage.welcome().welcome.participants] == ["#123456"]


def test_a_dropped_socket_is_shown_and_a_return_too() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    (shown,) = told(stage.handle(Dropped(CARO)), INES, Updated)
    assert not shown.participant.connected
    (shown,) = told(stage.handle(Returned(CARO)), INES, Updated)
    assert shown.participant.connected


def test_who_does_not_come_back_is_lost_after_the_grace() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    stage.handle(Dropped(CARO))
    assert stage.room.deadline_s() == GRACE_S
    stage.now_s = GRACE_S - 0.1
    assert stage.handle(Tick()) == []
    stage.now_s = GRACE_S
    effects = stage.handle(Tick())
    (left,) = told(effects, INES, Left)
    assert (left.participant, left.reason) == (CARO, "lost")
    assert found(effects, LeaveMedia) == [LeaveMedia(CARO)]
    assert [one.fact for one in found(effects, Publish)] == [
        ParticipantLeft(interview=SCHEDULED.id, participant=CARO, reason="lost")
    ]


def test_a_return_within_the_grace_stops_the_waiting() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.handle(Dropped(CARO))
    stage.handle(Returned(CARO))
    stage.now_s = 10 * GRACE_S
    assert stage.handle(Tick()) == []


def test_flowing_media_extend_the_grace() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.handle(MediaReported(Connected(CARO)))
    stage.handle(Dropped(CARO))
    stage.now_s = GRACE_WITH_MEDIA_S - 1
    assert not found(stage.handle(Tick()), LeaveMedia)
    stage.now_s = GRACE_WITH_MEDIA_S
    assert found(stage.handle(Tick()), LeaveMedia)


def test_media_that_are_lost_later_have_the_grace_from_then_on() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.handle(MediaReported(Connected(CARO)))
    stage.handle(Dropped(CARO))
    stage.now_s = 30.0
    stage.handle(MediaReported(Disconnected(CARO, "silent")))
    assert stage.room.deadline_s() == 30.0 + GRACE_S


def test_no_grace_is_longer_than_that_with_media() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.handle(MediaReported(Connected(CARO)))
    stage.handle(Dropped(CARO))
    stage.now_s = GRACE_WITH_MEDIA_S - 1
    stage.handle(MediaReported(Disconnected(CARO, "silent")))
    assert stage.room.deadline_s() == GRACE_WITH_MEDIA_S


def test_lost_media_are_shown_although_the_socket_lives_but_nobody_is_removed() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    (shown,) = told(stage.handle(MediaReported(Disconnected(CARO, "silent"))), INES, Updated)
    assert not shown.participant.connected
    assert stage.room.deadline_s() is None
    (shown,) = told(stage.handle(MediaReported(Connected(CARO))), INES, Updated)
    assert shown.participant.connected


def test_leaving_tells_the_others_and_closes_at_once() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.ask(CARO, Leave())
    (left,) = told(effects, INES, Left)
    assert left.reason == "left"
    assert [one.code for one in found(effects, Dismiss)] == [1000]
    assert found(effects, LeaveMedia)
    assert [one.fact for one in found(effects, Publish)] == [
        ParticipantLeft(interview=SCHEDULED.id, participant=CARO, reason="left")
    ]


def test_who_vanishes_before_their_welcome_was_never_there() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.handle(Arrived(Identity(CARO, Role.CANDIDATE, "Caro"), "t", "offer", None))
    assert stage.handle(Dropped(CARO)) == []
    stage.now_s = GRACE_S
    effects = stage.handle(Tick())
    assert not told(effects, INES, Left)
    assert not found(effects, Publish)
    assert found(effects, LeaveMedia), "the join may have been answered"


def test_a_start_tells_everybody_and_gives_everybody_their_own_rights() -> None:
    stage = Stage()
    for who in (INES, CARO, OLAF):
        stage.arrive(who)
    effects = stage.handle(InterviewMoved(LIVE))
    for who, role in ((INES, Role.INTERVIEWER), (CARO, Role.CANDIDATE), (OLAF, Role.OBSERVER)):
        (change,) = told(effects, who, InterviewChanged)
        assert change.interview.state is InterviewState.LIVE
        assert change.interview.started_at == LIVE.started_at
        assert change.rights == sorted(RIGHTS[role, InterviewState.LIVE])


def test_the_same_view_again_says_nothing() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.handle(InterviewMoved(LIVE))
    assert stage.handle(InterviewMoved(LIVE)) == []


def test_the_end_tells_everybody_then_closes_everything() -> None:
    stage = Stage(LIVE)
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.handle(InterviewMoved(ENDED))
    for who in (INES, CARO):
        (change,) = told(effects, who, InterviewChanged)
        assert change.interview.state is InterviewState.ENDED
        assert change.rights == sorted(RIGHTS[ROLES[who], InterviewState.ENDED])
    assert [one.code for one in found(effects, Dismiss)] == [CLOSE_ENDED, CLOSE_ENDED]
    facts = [one.fact for one in found(effects, Publish)]
    assert {getattr(fact, "reason", None) for fact in facts} == {"ended"}
    assert [type(effect) for effect in effects[-2:]] == [CloseMedia, CloseRoom]
    assert stage.arrive(CARO) == [], "a closed room does nothing more"


def test_an_ended_interview_lets_nobody_in() -> None:
    stage = Stage(ENDED)
    (refusal,) = stage.arrive(INES)
    assert isinstance(refusal, Dismiss)
    assert refusal.code == CLOSE_ENDED


def test_an_empty_room_is_closed_after_a_while() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.ask(CARO, Leave())
    assert stage.room.deadline_s() == EMPTY_ROOM_S
    stage.now_s = EMPTY_ROOM_S
    assert [type(effect) for effect in stage.handle(Tick())] == [CloseMedia, CloseRoom]


def test_an_arrival_keeps_an_empty_room_open() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.ask(CARO, Leave())
    stage.now_s = EMPTY_ROOM_S - 1
    stage.arrive(INES)
    stage.now_s = EMPTY_ROOM_S
    assert stage.handle(Tick()) == []


def test_one_who_was_removed_before_may_not_come_in() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    stage.ask(INES, Remove(participant=CARO))
    (refusal,) = stage.arrive(CARO)
    assert isinstance(refusal, Dismiss)
    assert refusal.code == CLOSE_FORBIDDEN
