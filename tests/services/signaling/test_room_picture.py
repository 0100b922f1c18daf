"""Whatever happens, in any order: everybody's picture of the room is the room."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vivavoce.contracts.events import ParticipantJoined, ParticipantLeft
from vivavoce.contracts.media import (
    Connected,
    Disconnected,
    MediaEvent,
    ParticipantStats,
    RoomFailed,
    Slot,
    SlotsChanged,
    Source,
    SpeakersChanged,
)
from vivavoce.contracts.messages import (
    Chat,
    ChatLine,
    InterviewChanged,
    InterviewInfo,
    Joined,
    Leave,
    Left,
    Mute,
    Offer,
    Participant,
    Remove,
    SendChat,
    ServerMessage,
    SetTracks,
    Slots,
    SlotState,
    TracksWish,
    Updated,
    Welcome,
)
from vivavoce.contracts.rights import Role
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.effects import (
    CloseRoom,
    Dismiss,
    Effect,
    Greet,
    JoinMedia,
    Publish,
    RestartMedia,
    Send,
)
from vivavoce.services.signaling.inputs import (
    Arrived,
    Dropped,
    Identity,
    Input,
    InterviewMoved,
    MediaAnswered,
    MediaMeasured,
    MediaRefused,
    MediaReported,
    Request,
    Returned,
    Tick,
)

from .rooms import LIVE, SCHEDULED, Stage, found

PEOPLE = [ParticipantId(f"par_{number}") for number in range(5)]
ROLES = dict(
    zip(
        PEOPLE,
        [Role.INTERVIEWER, Role.CANDIDATE, Role.CANDIDATE, Role.OBSERVER, Role.INTERVIEWER],
        strict=True,
    )
)
someone = st.sampled_from(PEOPLE)
wishes = st.builds(TracksWish, microphone=st.booleans(), camera=st.booleans(), screen=st.booleans())
requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(SetTracks, tracks=wishes),
    st.builds(SendChat, id=st.sampled_from("abc"), text=st.sampled_from(["hello", " "])),
    st.builds(Mute, participant=someone, source=st.sampled_from(Source)),
    st.builds(Remove, participant=someone),
    st.builds(Offer, id=st.just("o"), sdp=st.just("v=0"), fresh=st.booleans()),
    st.just(Leave()),
)


@dataclass
class Picture:
    """What a browser shows: built from its welcome, kept by the messages after it."""

    people: dict[str, Participant]
    chat: list[ChatLine]
    slots: list[SlotState]
    interview: InterviewInfo
    joins: list[str] = field(default_factory=list[str])

    @classmethod
    def begin(cls, welcome: Welcome) -> "Picture":
        people = {one.id: one for one in welcome.participants}
        return cls(people, list(welcome.chat), list(welcome.slots), welcome.interview)

    def apply(self, message: ServerMessage) -> None:
        match message:
            case Joined(participant=one):
                assert one.id not in self.people, "joined twice"
                self.people[one.id] = one
            case Updated(participant=one):
                assert one.id in self.people, "a stranger changed"
                assert self.people[one.id] != one, "nothing changed"
                self.people[one.id] = one
            case Left(participant=one):
                del self.people[one]
            case Chat(line=line):
                assert line.id not in {known.id for known in self.chat}, "said twice"
                self.chat.append(line)
            case Slots(slots=slots):
                self.slots = list(slots)
            case InterviewChanged(interview=interview):
                self.interview = interview
            case _:
                pass


class Meeting(RuleBasedStateMachine):
    """Random people do random things; media answer late, refuse and fail."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.pictures: dict[ParticipantId, Picture] = {}
        self.commands: list[int] = []
        self.present: list[str] = []
        self.is_closed = False
        self.tokens = 0

    def happen(self, event: Input) -> None:
        self.follow(self.stage.handle(event))

    def follow(self, effects: list[Effect]) -> None:
        assert not (self.is_closed and effects), "a closed room does nothing"
        for effect in effects:
            match effect:
                case Greet():
                    self.pictures[effect.participant] = Picture.begin(effect.welcome)
                case Send():
                    for one in effect.to:
                        self.pictures[one].apply(effect.message)  # a KeyError: told before welcomed
                case Dismiss():
                    self.pictures.pop(effect.participant, None)
                case JoinMedia() | RestartMedia():
                    self.commands.append(effect.command)
                case Publish():
                    self.note(effect)
                case CloseRoom():
                    self.is_closed = True
                case _:
                    pass

    def note(self, effect: Publish) -> None:
        match effect.fact:
            case ParticipantJoined(participant=one):
                assert one not in self.present
                self.present.append(one)
            case ParticipantLeft(participant=one):
                self.present.remove(one)
            case _:
                raise AssertionError(effect.fact)

    @rule(who=someone, offer=st.sampled_from([None, "v=0"]), tracks=st.none() | wishes)
    def arrive(self, who: ParticipantId, offer: str | None, tracks: TracksWish | None) -> None:
        self.tokens += 1
        self.pictures.pop(who, None)
        identity = Identity(who, ROLES[who], f"Name {self.tokens}")
        self.happen(Arrived(identity, f"token {self.tokens}", offer, tracks))

    @rule(answers=st.booleans())
    def media_reply(self, answers: bool) -> None:
        if self.commands:
            command = self.commands.pop(0)
            reply = MediaAnswered(command, "v=0") if answers else MediaRefused(command, "x", "No.")
            self.happen(reply)

    @rule(who=someone, request=requests)
    def ask(self, who: ParticipantId, request: Request) -> None:
        self.follow(self.stage.ask(who, request))

    @rule(who=someone, comes_back=st.booleans())
    def drop(self, who: ParticipantId, comes_back: bool) -> None:
        self.happen(Dropped(who))
        if comes_back:
            self.happen(Returned(who))

    @rule(seconds=st.sampled_from([1.0, 19.0, 21.0, 61.0, 301.0]))
    def wait(self, seconds: float) -> None:
        self.stage.now_s += seconds
        self.happen(Tick())

    @rule(who=someone, other=someone, kind=st.sampled_from(["on", "off", "slots", "loud", "fail"]))
    def media_report(self, who: ParticipantId, other: ParticipantId, kind: str) -> None:
        reports: dict[str, MediaEvent] = {
            "on": Connected(who),
            "off": Disconnected(who, "silent"),
            "slots": SlotsChanged(who, (Slot("4", Source.CAMERA, other),)),
            "loud": SpeakersChanged(((who, -20), (other, -30))),
            "fail": RoomFailed("panic"),
        }
        self.happen(MediaReported(reports[kind]))

    @rule(who=someone, loss=st.sampled_from([0.0, 0.05, 0.5]))
    def media_measure(self, who: ParticipantId, loss: float) -> None:
        stats = ParticipantStats(0.05, loss, None, None, 0, 0, ())
        self.happen(MediaMeasured({who: stats}))

    @rule(is_live=st.booleans())
    def move(self, is_live: bool) -> None:
        self.happen(InterviewMoved(LIVE if is_live else SCHEDULED))

    @invariant()
    def every_picture_is_the_room(self) -> None:
        if self.is_closed:
            return
        roster = self.stage.room._roster
        truth = {m.id: m.public() for m in roster.members.values() if m.announced}
        assert sorted(self.present) == sorted(truth)
        for who, picture in self.pictures.items():
            member = roster.members[who]
            if member.greeted:
                assert picture.people == truth
                assert picture.chat == self.stage.room._chat.lines()
                assert picture.interview == roster.info()

    @invariant()
    def nobody_is_waited_for_beyond_their_time(self) -> None:
        deadline_s = self.stage.room.deadline_s()
        assert self.is_closed or deadline_s is None or deadline_s > self.stage.now_s - 301.0

    def teardown(self) -> None:
        newcomer = ParticipantId("par_newcomer")
        if self.is_closed:
            return
        effects = self.stage.arrive(newcomer, role=Role.OBSERVER, offer=None)
        (greeting,) = found(effects, Greet)
        ended = LIVE.model_copy(update={"ended_at": 9})
        self.follow(effects)
        assert greeting.participant in self.pictures
        self.happen(InterviewMoved(ended))
        assert self.is_closed
        assert self.present == []


TestMeeting = Meeting.TestCase
TestMeeting.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
