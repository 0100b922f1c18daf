"""Switches, moderation and chat."""

import pytest

from vivavoce.contracts.events import ParticipantLeft
from vivavoce.contracts.media import Source
from vivavoce.contracts.messages import (
    Chat,
    Error,
    Left,
    Mute,
    Muted,
    Remove,
    SendChat,
    SetTracks,
    Tracks,
    TracksWish,
    Updated,
)
from vivavoce.contracts.sockets import CLOSE_FORBIDDEN
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.chat import CHAT_LINES_MAX, CHAT_LINES_STORED_MAX
from vivavoce.services.signaling.effects import (
    Dismiss,
    KeepChat,
    KeepRemoval,
    LeaveMedia,
    Publish,
    SetForwarding,
)
from vivavoce.services.signaling.inputs import Arrived, Identity, Kept
from vivavoce.services.signaling.room import Room

from .rooms import CARO, INES, OLAF, ROLES, SCHEDULED, Stage, changes_nothing, found, told

ALL_ON = TracksWish(microphone=True, camera=True, screen=True)


def full_stage() -> Stage:
    stage = Stage()
    for who in (INES, CARO, OLAF):
        stage.arrive(who, tracks=TracksWish(microphone=True, camera=True))
    return stage


def test_a_join_sets_every_source_as_the_switches_say() -> None:
    stage = Stage()
    effects = stage.arrive(CARO, tracks=TracksWish(microphone=True))
    assert found(effects, SetForwarding) == [
        SetForwarding(CARO, Source.MICROPHONE, forward=True),
        SetForwarding(CARO, Source.CAMERA, forward=False),
        SetForwarding(CARO, Source.SCREEN, forward=False),
        SetForwarding(CARO, Source.SCREEN_AUDIO, forward=False),
    ]


def test_an_observer_arrives_with_everything_off_whatever_they_wish() -> None:
    stage = Stage()
    effects = stage.arrive(OLAF, tracks=ALL_ON)
    assert not found(effects, SetForwarding)
    tracks = stage.welcome().welcome.participants[0].tracks
    assert tracks == Tracks()


def test_switches_reach_the_media_service_and_everybody() -> None:
    stage = full_stage()
    effects = stage.ask(CARO, SetTracks(tracks=TracksWish(camera=True, screen=True)))
    assert found(effects, SetForwarding) == [
        SetForwarding(CARO, Source.MICROPHONE, forward=False),
        SetForwarding(CARO, Source.SCREEN, forward=True),
        SetForwarding(CARO, Source.SCREEN_AUDIO, forward=True),
    ]
    for who in (INES, CARO, OLAF):
        (shown,) = told(effects, who, Updated)
        assert (shown.participant.tracks.microphone, shown.participant.tracks.screen) == (
            False,
            True,
        )


def test_switches_that_stay_as_they_are_say_nothing() -> None:
    stage = full_stage()
    same = SetTracks(tracks=TracksWish(microphone=True, camera=True))
    assert stage.ask(CARO, same) == []


@pytest.mark.parametrize("switch", ["microphone", "camera", "screen"])
def test_an_observer_may_switch_nothing_on(switch: str) -> None:
    stage = full_stage()
    effects = stage.ask(OLAF, SetTracks(tracks=TracksWish(**{switch: True})))
    (error,) = told(effects, OLAF, Error)
    assert (error.code, error.about) == ("forbidden", stage.last_seq)
    assert changes_nothing(effects)


def test_a_mute_stops_the_packets_tells_the_person_and_shows_everybody() -> None:
    stage = full_stage()
    effects = stage.ask(INES, Mute(participant=CARO, source=Source.MICROPHONE))
    assert found(effects, SetForwarding) == [SetForwarding(CARO, Source.MICROPHONE, forward=False)]
    assert told(effects, CARO, Muted) == [Muted(source=Source.MICROPHONE, by=INES)]
    assert not told(effects, OLAF, Muted)
    (shown,) = told(effects, OLAF, Updated)
    assert not shown.participant.tracks.microphone
    assert shown.participant.tracks.camera


def test_a_muted_person_may_switch_on_again() -> None:
    stage = full_stage()
    stage.ask(INES, Mute(participant=CARO, source=Source.MICROPHONE))
    effects = stage.ask(CARO, SetTracks(tracks=TracksWish(microphone=True, camera=True)))
    assert found(effects, SetForwarding) == [SetForwarding(CARO, Source.MICROPHONE, forward=True)]


@pytest.mark.parametrize("source", [Source.SCREEN, Source.SCREEN_AUDIO])
def test_a_screen_is_muted_with_its_audio(source: Source) -> None:
    stage = full_stage()
    stage.ask(CARO, SetTracks(tracks=ALL_ON))
    effects = stage.ask(INES, Mute(participant=CARO, source=source))
    assert {one.source for one in found(effects, SetForwarding)} == {
        Source.SCREEN,
        Source.SCREEN_AUDIO,
    }


def test_muting_what_is_off_does_nothing() -> None:
    stage = full_stage()
    assert stage.ask(INES, Mute(participant=CARO, source=Source.SCREEN)) == []
    assert stage.ask(INES, Mute(participant=OLAF, source=Source.MICROPHONE)) == []


def test_a_removed_person_is_told_cut_off_and_published() -> None:
    stage = full_stage()
    effects = stage.ask(INES, Remove(participant=CARO))
    for who in (INES, CARO, OLAF):
        assert [(one.participant, one.reason) for one in told(effects, who, Left)] == [
            (CARO, "removed")
        ]
    assert found(effects, Dismiss) == [Dismiss(CARO, CLOSE_FORBIDDEN)]
    assert found(effects, LeaveMedia) == [LeaveMedia(CARO)]
    assert found(effects, KeepRemoval) == [KeepRemoval(CARO)]
    assert [one.fact for one in found(effects, Publish)] == [
        ParticipantLeft(interview=SCHEDULED.id, participant=CARO, reason="removed")
    ]


def test_nobody_removes_themselves() -> None:
    stage = full_stage()
    effects = stage.ask(INES, Remove(participant=INES))
    assert [one.code for one in told(effects, INES, Error)] == ["invalid"]
    assert changes_nothing(effects)


@pytest.mark.parametrize(
    "order",
    [
        Remove(participant="par_of_another_room"),
        Mute(participant="par_of_another_room", source=Source.CAMERA),
    ],
)
def test_somebody_who_is_not_in_this_room_cannot_be_moderated(order: Remove | Mute) -> None:
    stage = full_stage()
    effects = stage.ask(INES, order)
    (error,) = told(effects, INES, Error)
    assert (error.code, error.about) == ("not_found", stage.last_seq)
    assert changes_nothing(effects)


def test_chat_reaches_everybody_with_the_sender_s_true_name() -> None:
    stage = full_stage()
    effects = stage.ask(CARO, SendChat(id="1", text="hello"))
    lines = [told(effects, who, Chat)[0].line for who in (INES, CARO, OLAF)]
    assert {(line.id, line.participant, line.name, line.text) for line in lines} == {
        (f"{CARO}/1", CARO, "Caro", "hello")
    }
    assert [one.line for one in found(effects, KeepChat)] == [lines[0]]


def test_a_line_sent_again_is_the_same_line() -> None:
    stage = full_stage()
    stage.ask(CARO, SendChat(id="1", text="hello"))
    assert stage.ask(CARO, SendChat(id="1", text="hello")) == []
    assert stage.ask(INES, SendChat(id="1", text="hello")) != [], "ids are the sender's own"


@pytest.mark.parametrize("text", [" ", "\n\t", "\u2003"])
def test_an_empty_line_is_refused(text: str) -> None:
    stage = full_stage()
    effects = stage.ask(CARO, SendChat(id="1", text=text))
    assert [one.code for one in told(effects, CARO, Error)] == ["invalid"]
    assert not told(effects, INES, Chat)


def test_a_newcomer_reads_the_newest_lines_only() -> None:
    stage = Stage()
    stage.arrive(CARO)
    for number in range(CHAT_LINES_MAX + 1):
        stage.ask(CARO, SendChat(id=str(number), text=f"line {number}"))
    stage.arrive(INES)
    chat = stage.welcome().welcome.chat
    assert len(chat) == CHAT_LINES_MAX
    assert (chat[0].text, chat[-1].text) == ("line 1", f"line {CHAT_LINES_MAX}")


def test_stored_chat_is_there_when_the_room_opens_again() -> None:
    stage = full_stage()
    (kept,) = found(stage.ask(CARO, SendChat(id="1", text="hello")), KeepChat)
    stage.room = Room(SCHEDULED, Kept(chat=(kept.line,), chat_count=1))
    stage.arrive(INES)
    assert [line.text for line in stage.welcome().welcome.chat] == ["hello"]


def test_the_chat_of_one_interview_is_bounded() -> None:
    stage = full_stage()
    stage.room = Room(SCHEDULED, Kept(chat_count=CHAT_LINES_STORED_MAX - 1))
    stage.arrive(CARO)
    assert found(stage.ask(CARO, SendChat(id="1", text="the last")), KeepChat)
    effects = stage.ask(CARO, SendChat(id="2", text="one too many"))
    assert [error.code for error in told(effects, CARO, Error)] == ["chat_full"]
    assert not found(effects, KeepChat)


def test_two_rooms_with_identical_names_do_not_hear_each_other() -> None:
    one, other = full_stage(), full_stage()
    assert told(one.ask(CARO, SendChat(id="1", text="secret")), INES, Chat)
    other.handle(Arrived(Identity(INES, ROLES[INES], "Ines"), "again", None, None))
    assert other.welcome().welcome.chat == []


def test_a_request_of_somebody_unknown_is_dropped() -> None:
    stage = full_stage()
    assert stage.ask(ParticipantId("par_nobody"), SendChat(id="1", text="boo")) == []
