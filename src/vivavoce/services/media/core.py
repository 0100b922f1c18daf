"""The media core's words in ours: the only module that imports ``vivavoce_sfu``. Keeps no state."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import assert_never

import vivavoce_sfu as core
from vivavoce_sfu import Sfu

from vivavoce.contracts import media
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.media.address import Address, VideoRates

__all__ = ["Sfu", "errors", "relays_of", "start", "stats_of", "told", "voice_lines"]

NO_CEILING_BPS = 1 << 62


def start(address: Address) -> Sfu:
    """The running core.

    Raises:
        MediaUnavailable: the port is taken, or an address cannot work.
    """
    door = address.door
    try:
        return Sfu(
            host=address.host,
            port=address.port,
            advertise=address.advertise,
            shards=address.shards,
            tcp=address.tcp,
            video_bps=_video_bps(address.video),
            door=door and (door.port, door.certificate, door.key, door.upstream),
        )
    except OSError as error:
        is_door = door is not None and error.filename == "door"
        name, port = ("HTTPS", door.port) if door and is_door else ("media", address.port)
        message = f"The {name} port, {address.host}:{port}, cannot be used ({error.strerror or error}). Free it or choose another."
        raise media.MediaUnavailable(message) from error
    except ValueError as error:
        message = f"The media address does not work: {error}."
        raise media.MediaUnavailable(message) from error


def _video_bps(rates: VideoRates) -> tuple[int, int]:
    ceiling_bps = NO_CEILING_BPS if rates.ceiling_bps is None else rates.ceiling_bps
    return rates.floor_bps, ceiling_bps


@contextmanager
def errors() -> Generator[None]:
    """Inside, the core's refusals become those of ``contracts.media``."""
    try:
        yield
    except core.SdpRejected as refusal:
        message = f"This browser's offer does not fit: {refusal}."
        raise media.OfferRejected(message) from refusal
    except core.RoomFull as refusal:
        raise media.MediaRoomFull("No place is left in the call.") from refusal
    except core.SlotNotFound as refusal:
        raise media.SlotUnknown(f"No such slot: {refusal}.") from refusal
    except (core.RoomNotFound, core.ParticipantNotFound) as refusal:
        raise media.MediaRoomUnknown("The call has to be joined anew.") from refusal
    except core.SfuError as refusal:
        message = "Audio and video do not work at the moment. They are tried again."
        raise media.MediaUnavailable(message) from refusal


def relays_of(
    sfu: Sfu, address: Address, interview: InterviewId, participant: ParticipantId
) -> tuple[media.Relay, ...]:
    """The relay over TCP and TLS.

    Over UDP it is there too, and must not be told: what comes from the address of a relay is for Chromium nothing else,
    and ours is that of the direct way, which then dies (``UDPPort::OnReadPacket`` of libwebrtc).
    """
    udp, tcp = sfu.relays(interview)
    by_door = f":{sfu.door_port}"
    urls = [f"turn:{each}?transport=tcp" for each in tcp if not each.endswith(by_door)]
    if address.door:
        host = address.door.host or udp[0].rpartition(":")[0]
        urls.append(f"turns:{host}{by_door}?transport=tcp")
    if not urls:
        return ()
    username, credential = sfu.credentials(interview, participant)
    return (media.Relay(tuple(urls), username, credential),)


def told(event: core.Event) -> tuple[InterviewId, media.MediaEvent]:
    """What an event of the core means, and for which room."""
    return InterviewId(event.room), _meaning(event)


def _meaning(event: core.Event) -> media.MediaEvent:
    match event:
        case core.ParticipantConnected():
            return media.Connected(ParticipantId(event.participant))
        case core.ParticipantDisconnected():
            return media.Disconnected(ParticipantId(event.participant), event.reason)
        case core.SlotsChanged():
            slots = tuple(_slot(slot) for slot in event.slots)
            return media.SlotsChanged(ParticipantId(event.participant), slots)
        case core.TrackStarted() | core.TrackStopped():
            flowing = isinstance(event, core.TrackStarted)
            source = media.Source(event.source)
            return media.TrackChanged(ParticipantId(event.participant), source, flowing)
        case core.SpeakersChanged():
            return media.SpeakersChanged(
                tuple((ParticipantId(one), level) for one, level in event.levels)
            )
        case core.SlotQualityChanged():
            return media.SlotQualityChanged(
                ParticipantId(event.participant), tuple(map(_quality, event.slots))
            )
        case core.LayersWanted() | core.CodecWanted() | core.BitrateWanted():
            return _wanted(event)
        case core.RoomFailed():
            return media.RoomFailed(event.reason)
        case _:
            assert_never(event)


def _wanted(
    event: core.LayersWanted | core.CodecWanted | core.BitrateWanted,
) -> media.SendingWanted:
    participant, source = ParticipantId(event.participant), media.Source(event.source)
    match event:
        case core.LayersWanted():
            layers = tuple(map(media.Layer, event.layers))
            return media.LayersWanted(participant, source, layers)
        case core.CodecWanted():
            return media.CodecWanted(participant, source, media.VideoCodec(event.codec))
        case core.BitrateWanted():
            return media.BitrateWanted(participant, source, event.bps)


def _slot(slot: core.Slot) -> media.Slot:
    publisher = ParticipantId(slot.publisher) if slot.publisher is not None else None
    return media.Slot(slot.mid, media.Source(slot.source), publisher)


def voice_lines(voice: core.Voice) -> tuple[media.VoiceLine, ...]:
    """The lines of a voice in the words of the contract."""
    return tuple(media.VoiceLine(mid, media.Source(source)) for mid, source in voice.lines)


def stats_of(stats: core.ParticipantStats) -> media.ParticipantStats:
    """A participant's connection in the words of the contract."""
    return media.ParticipantStats(
        round_trip_s=stats.round_trip_s,
        loss_up=stats.loss_up,
        loss_down=stats.loss_down,
        estimate_bps=stats.estimate_bps,
        sent_bps=stats.sent_bps,
        received_bps=stats.received_bps,
        slots=tuple(map(_quality, stats.slots)),
    )


def _quality(slot: core.SlotQuality) -> media.SlotQuality:
    return media.SlotQuality(
        slot.mid,
        media.Layer(slot.layer) if slot.layer is not None else None,
        media.QualityReason(slot.reason) if slot.reason is not None else None,
    )
