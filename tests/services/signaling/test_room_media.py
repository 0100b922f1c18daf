"""Offers, answers and what the media service reports."""

from vivavoce.contracts.media import (
    BitrateWanted,
    CodecWanted,
    Connected,
    Layer,
    LayersWanted,
    MediaPath,
    QualityReason,
    RoomFailed,
    Slot,
    SlotQuality,
    SlotQualityChanged,
    SlotsChanged,
    Source,
    SpeakersChanged,
    TrackChanged,
    VideoCodec,
    VideoLimit,
    VoiceLine,
    VoiceSeat,
)
from vivavoce.contracts.messages import (
    Answer,
    Bitrate,
    Codec,
    Error,
    JoinVoice,
    Layers,
    MediaFailed,
    Offer,
    Quality,
    Rest,
    Slots,
    Speakers,
    Tile,
    TracksWish,
    Updated,
    View,
    VoiceJoined,
)
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling import effects as effect
from vivavoce.services.signaling.effects import (
    Greet,
    JoinMedia,
    OpenMedia,
    RestartMedia,
    SetForwarding,
    SetView,
)
from vivavoce.services.signaling.inputs import (
    Arrived,
    Identity,
    MediaAnswered,
    MediaRefused,
    MediaReported,
    VoiceSeated,
)

from .rooms import CARO, INES, OLAF, ROLES, Stage, found, told

SEAT = VoiceSeat("a ticket", (VoiceLine("v0", Source.MICROPHONE),))

SLOTS = (Slot("4", Source.MICROPHONE, INES), Slot("5", Source.MICROPHONE, None))


def test_an_observer_joins_as_one() -> None:
    stage = Stage()
    assert [join.observer for join in found(stage.arrive(OLAF), JoinMedia)] == [True]
    assert [join.observer for join in found(stage.arrive(INES), JoinMedia)] == [False]


def test_a_refused_first_offer_still_lets_the_person_in_and_says_why() -> None:
    stage = Stage()
    (_, join) = stage.handle(Arrived(Identity(CARO, ROLES[CARO], "Caro"), "t", "bad", None))
    assert isinstance(join, JoinMedia)
    stage.handle(MediaRefused(join.command, "offer_rejected", "It does not fit."))
    welcome = stage.welcome().welcome
    assert (welcome.answer, welcome.media_error) == (None, "It does not fit.")
    assert welcome.offer_needed


def test_an_ice_restart_keeps_the_session_and_answers_by_id() -> None:
    stage = Stage()
    stage.arrive(CARO)
    (restart,) = stage.ask(CARO, Offer(id="a", sdp="restart"))
    assert isinstance(restart, RestartMedia)
    effects = stage.handle(MediaAnswered(restart.command, "answer"))
    assert told(effects, CARO, Answer) == [Answer(id="a", sdp="answer")]
    assert not found(effects, SetForwarding)


def test_a_fresh_offer_makes_a_new_session_with_the_present_switches() -> None:
    stage = Stage()
    stage.arrive(CARO, tracks=TracksWish(camera=True))
    (join,) = stage.ask(CARO, Offer(id="a", sdp="fresh", fresh=True))
    assert isinstance(join, JoinMedia)
    effects = stage.handle(MediaAnswered(join.command, "answer"))
    assert SetForwarding(CARO, Source.CAMERA, forward=True) in effects
    assert SetForwarding(CARO, Source.MICROPHONE, forward=False) in effects
    assert told(effects, CARO, Answer)


def test_a_refused_offer_is_an_error_about_its_number() -> None:
    stage = Stage()
    stage.arrive(CARO)
    (restart,) = stage.ask(CARO, Offer(id="a", sdp="restart"))
    seq = stage.last_seq
    assert isinstance(restart, RestartMedia)
    effects = stage.handle(MediaRefused(restart.command, "media_room_unknown", "Join anew."))
    assert told(effects, CARO, Error) == [
        Error(code="media_room_unknown", message="Join anew.", about=seq)
    ]
    stage.arrive(CARO, offer=None, token="new")
    assert stage.welcome().welcome.offer_needed


def test_the_answer_to_an_older_hello_greets_nobody() -> None:
    stage = Stage()
    who = Identity(CARO, ROLES[CARO], "Caro")
    first = found(stage.handle(Arrived(who, "first", "one", None)), JoinMedia)[0]
    second = found(stage.handle(Arrived(who, "second", "two", None)), JoinMedia)[0]
    assert stage.handle(MediaAnswered(first.command, "old")) == []
    greeting = found(stage.handle(MediaAnswered(second.command, "new")), Greet)[0]
    assert (greeting.welcome.answer, greeting.welcome.resume_token) == ("new", "second")


def test_slots_go_to_their_receiver_only() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.handle(MediaReported(SlotsChanged(CARO, SLOTS)))
    (slots,) = told(effects, CARO, Slots)
    assert [(one.mid, one.participant) for one in slots.slots] == [("4", INES), ("5", None)]
    assert not told(effects, INES, Slots)


def test_slots_known_before_the_welcome_are_in_it() -> None:
    stage = Stage()
    who = Identity(CARO, ROLES[CARO], "Caro")
    join = found(stage.handle(Arrived(who, "t", "offer", None)), JoinMedia)[0]
    assert stage.handle(MediaReported(SlotsChanged(CARO, SLOTS))) == []
    stage.handle(MediaAnswered(join.command, "answer"))
    assert [one.mid for one in stage.welcome().welcome.slots] == ["4", "5"]


def test_a_new_session_forgets_the_old_one_s_slots() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.handle(MediaReported(SlotsChanged(CARO, SLOTS)))
    stage.arrive(CARO, token="new")
    assert stage.welcome().welcome.slots == []


def test_speakers_are_told_when_they_change_and_strangers_are_left_out() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    loud = MediaReported(SpeakersChanged(((CARO, -20), (ParticipantId("par_gone"), -25))))
    assert told(stage.handle(loud), INES, Speakers) == [Speakers(participants=[CARO])]
    assert stage.handle(loud) == []
    assert told(stage.handle(MediaReported(SpeakersChanged(()))), INES, Speakers) == [
        Speakers(participants=[])
    ]


def test_a_track_that_starts_or_stops_is_no_news_for_the_room() -> None:
    stage = Stage()
    stage.arrive(CARO)
    assert stage.handle(MediaReported(TrackChanged(CARO, Source.CAMERA, flowing=False))) == []


def test_failed_media_are_reopened_and_everybody_is_asked_to_join_anew() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.handle(MediaReported(RoomFailed("panic")))
    assert isinstance(effects[0], OpenMedia)
    for who in (INES, CARO):
        assert len(told(effects, who, MediaFailed)) == 1
    stage.arrive(CARO, offer=None, token="new")
    assert stage.welcome().welcome.offer_needed


def test_the_reason_of_a_media_fault_stays_with_us() -> None:
    stage = Stage()
    stage.arrive(INES)
    effects = stage.handle(MediaReported(RoomFailed("assertion failed at secret.rs:1")))
    assert "secret" not in told(effects, INES, MediaFailed)[0].message


def test_reports_about_strangers_are_dropped() -> None:
    stage = Stage()
    stage.arrive(INES)
    assert stage.handle(MediaReported(SlotsChanged(CARO, SLOTS))) == []


QUALITY = SlotQualityChanged(
    CARO, (SlotQuality("4", Layer.QUARTER, QualityReason.NETWORK), SlotQuality("5", None, None))
)
CODEC = CodecWanted(CARO, Source.SCREEN, VideoCodec.VP9)
LAYERS = LayersWanted(CARO, Source.CAMERA, (Layer.QUARTER, Layer.HALF))


def test_what_somebody_looks_at_goes_to_the_media_service() -> None:
    stage = Stage()
    for who in (INES, CARO, OLAF):
        stage.arrive(who)
        tiles = [Tile(mid="4", width=320, height=180), Tile(mid="5", width=0, height=0)]
        effects = stage.ask(who, View(tiles=tiles))
        assert effects == [SetView(who, {"4": (320, 180), "5": (0, 0)}, VideoLimit.ALL)]


def test_sound_only_is_a_wish_to_the_media_service() -> None:
    stage = Stage()
    stage.arrive(CARO)
    assert stage.ask(CARO, View(tiles=[], video=False)) == [SetView(CARO, {}, VideoLimit.NONE)]


def test_quality_and_wanted_layers_are_told_to_whom_they_concern_and_nobody_else() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.handle(MediaReported(QUALITY)) + stage.handle(MediaReported(LAYERS))
    (quality,) = told(effects, CARO, Quality)
    assert [(slot.mid, slot.layer, slot.reason) for slot in quality.slots] == [
        ("4", "q", "network"),
        ("5", None, None),
    ]
    assert told(effects, CARO, Layers) == [Layers(source=Source.CAMERA, layers=[*LAYERS.layers])]
    assert not told(effects, INES, Quality)
    assert not told(effects, INES, Layers)


def test_who_should_speak_in_fewer_bits_is_told() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.handle(MediaReported(BitrateWanted(CARO, Source.MICROPHONE, 8_000)))
    assert told(effects, CARO, Bitrate) == [Bitrate(source=Source.MICROPHONE, bps=8_000)]
    assert not told(effects, INES, Bitrate)
    again = stage.arrive(CARO, token="new", offer=None)
    assert told(again, CARO, Bitrate)


def test_everybody_sees_whose_network_carries_no_pictures_until_they_have_another_session() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    (updated,) = told(stage.ask(CARO, Rest(rests=True)), INES, Updated)
    assert updated.participant.rests
    assert not stage.ask(CARO, Rest(rests=True)), "nothing new"
    (fresh,) = told(stage.arrive(CARO, token="new", offer="fresh"), INES, Updated)
    assert not fresh.participant.rests


def test_a_conversation_that_begins_anew_hears_again_what_holds_of_its_session() -> None:
    stage = Stage()
    stage.arrive(CARO)
    stage.handle(MediaReported(QUALITY))
    stage.handle(MediaReported(LAYERS))
    effects = stage.arrive(CARO, token="new", offer=None)
    assert told(effects, CARO, Quality)
    assert told(effects, CARO, Layers)
    again = stage.arrive(CARO, token="newer", offer="fresh")
    assert not told(again, CARO, Quality), "a new session has said nothing yet"


def test_the_format_of_a_screen_is_told_to_its_sender_after_the_answer_that_it_belongs_to() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    effects = stage.handle(MediaReported(CODEC))
    assert told(effects, CARO, Codec) == [Codec(source=Source.SCREEN, codec=VideoCodec.VP9)]
    assert not told(effects, INES, Codec)
    stage.ask(CARO, Offer(id="o", sdp="offer", fresh=True))
    (join,) = found(stage.effects, effect.JoinMedia)
    stage.handle(MediaReported(CODEC))  # the core may be faster than its own answer
    answered = [
        entry.message
        for entry in stage.handle(MediaAnswered(join.command, "answer"))
        if isinstance(entry, effect.Send)
    ]
    assert [type(message) for message in answered] == [Answer, Codec]


def voice_of(stage: Stage, who: ParticipantId) -> effect.JoinVoice:
    stage.ask(who, JoinVoice(id="v"))
    (join,) = found(stage.effects, effect.JoinVoice)
    return join


def test_a_voice_gets_its_seat_with_the_present_switches() -> None:
    stage = Stage()
    stage.arrive(CARO, tracks=TracksWish(microphone=True))
    join = voice_of(stage, CARO)
    assert (join.participant, join.observer) == (CARO, False)
    effects = stage.handle(VoiceSeated(join.command, SEAT))
    assert SetForwarding(CARO, Source.MICROPHONE, forward=True) in effects
    assert SetForwarding(CARO, Source.CAMERA, forward=False) in effects
    (joined,) = told(effects, CARO, VoiceJoined)
    assert (joined.id, joined.ticket, joined.lines[0].mid) == ("v", "a ticket", "v0")


def test_everybody_sees_that_somebody_has_sound_only_until_they_have_more() -> None:
    stage = Stage()
    stage.arrive(INES)
    stage.arrive(CARO)
    join = voice_of(stage, CARO)
    (shown,) = told(stage.effects, INES, Updated)
    assert shown.participant.path is MediaPath.WEBSOCKET
    stage.handle(VoiceSeated(join.command, SEAT))
    stage.handle(MediaReported(Connected(CARO)))
    stage.arrive(INES, token="new")
    (caro,) = [one for one in stage.welcome().welcome.participants if one.id == CARO]
    assert caro.path is MediaPath.WEBSOCKET
    (shown,) = told(stage.ask(CARO, Offer(id="a", sdp="fresh", fresh=True)), INES, Updated)
    assert shown.participant.path is MediaPath.WEBRTC


def test_a_refused_voice_is_an_error_about_its_number() -> None:
    stage = Stage()
    stage.arrive(CARO)
    join = voice_of(stage, CARO)
    seq = stage.last_seq
    effects = stage.handle(MediaRefused(join.command, "room_full", "No place is left."))
    assert told(effects, CARO, Error) == [
        Error(code="room_full", message="No place is left.", about=seq)
    ]


def test_an_observer_s_voice_is_one_that_only_hears() -> None:
    stage = Stage()
    stage.arrive(OLAF)
    join = voice_of(stage, OLAF)
    assert join.observer
    assert not found(stage.handle(VoiceSeated(join.command, SEAT)), SetForwarding)
