//! Values of the core as values of Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use sfu::{
    DisconnectReason, Event, Layer, ParticipantId, ParticipantStats, Reason, RoomId, RoomStats, Slot,
    SlotQuality, Source, Stats, VideoLimit,
};
use sfu_net::{Joined, TransportStats};

use crate::python_types::make;

type Value<'py> = PyResult<Bound<'py, PyAny>>;

pub(crate) fn source_from(name: &str) -> PyResult<Source> {
    Source::from_name(name).ok_or_else(|| {
        let names = Source::ALL.map(Source::name).join(", ");
        PyValueError::new_err(format!("{name:?} is no source; sources are {names}"))
    })
}

pub(crate) fn limit_from(name: &str) -> PyResult<VideoLimit> {
    match name {
        "all" => Ok(VideoLimit::All),
        "none" => Ok(VideoLimit::None),
        _ => Err(PyValueError::new_err(format!(
            "{name:?} is no limit; limits are all and none"
        ))),
    }
}

pub(crate) fn slot_to_python<'py>(py: Python<'py>, slot: &Slot) -> Value<'py> {
    make(py, "Slot", |fields| {
        fields.set_item("mid", &slot.mid)?;
        fields.set_item("source", slot.source.name())?;
        fields.set_item("publisher", slot.publisher.as_ref().map(|id| id.as_str()))
    })
}

pub(crate) fn voice_to_python<'py>(py: Python<'py>, joined: &Joined) -> Value<'py> {
    let lines = joined
        .lines
        .iter()
        .map(|line| (line.mid.as_str(), line.source.name()));
    let lines: Vec<(&str, &str)> = lines.collect();
    make(py, "Voice", |fields| {
        fields.set_item("number", joined.number)?;
        fields.set_item("lines", PyTuple::new(py, lines)?)
    })
}

pub(crate) fn event_to_python<'py>(py: Python<'py>, event: &Event) -> Value<'py> {
    match event {
        Event::ParticipantConnected { room, participant } => make(py, "ParticipantConnected", |fields| {
            fields.set_item("room", room.as_str())?;
            fields.set_item("participant", participant.as_str())
        }),
        Event::ParticipantDisconnected {
            room,
            participant,
            reason,
        } => disconnected(py, room, participant, *reason),
        Event::SlotsChanged {
            room,
            participant,
            slots,
        } => slots_changed(py, room.as_str(), participant.as_str(), slots),
        Event::TrackStarted {
            room,
            participant,
            source,
        } => track(py, "TrackStarted", (room, participant, *source), |_| Ok(())),
        Event::TrackStopped {
            room,
            participant,
            source,
        } => track(py, "TrackStopped", (room, participant, *source), |_| Ok(())),
        Event::SpeakersChanged { room, levels } => speakers_changed(py, room, levels),
        Event::SlotQualityChanged {
            room,
            participant,
            slots,
        } => slot_quality_changed(py, room, participant, slots),
        Event::LayersWanted {
            room,
            participant,
            source,
            layers,
        } => track(py, "LayersWanted", (room, participant, *source), |fields| {
            let layers = layers.iter().map(|layer| layer.name());
            fields.set_item("layers", PyTuple::new(py, layers.collect::<Vec<&str>>())?)
        }),
        Event::CodecWanted {
            room,
            participant,
            source,
            codec,
        } => track(py, "CodecWanted", (room, participant, *source), |fields| {
            fields.set_item("codec", codec.name())
        }),
        Event::BitrateWanted {
            room,
            participant,
            source,
            bps,
        } => track(py, "BitrateWanted", (room, participant, *source), |fields| {
            fields.set_item("bps", bps)
        }),
        Event::RoomFailed { room, reason } => room_failed(py, room, reason),
    }
}

fn disconnected<'py>(
    py: Python<'py>,
    room: &RoomId,
    participant: &ParticipantId,
    reason: DisconnectReason,
) -> Value<'py> {
    make(py, "ParticipantDisconnected", |fields| {
        fields.set_item("room", room.as_str())?;
        fields.set_item("participant", participant.as_str())?;
        fields.set_item("reason", reason.name())
    })
}

fn room_failed<'py>(py: Python<'py>, room: &RoomId, reason: &str) -> Value<'py> {
    make(py, "RoomFailed", |fields| {
        fields.set_item("room", room.as_str())?;
        fields.set_item("reason", reason)
    })
}

fn slots_changed<'py>(py: Python<'py>, room: &str, participant: &str, slots: &[Slot]) -> Value<'py> {
    let slots = slots
        .iter()
        .map(|slot| slot_to_python(py, slot))
        .collect::<PyResult<Vec<_>>>()?;
    make(py, "SlotsChanged", |fields| {
        fields.set_item("room", room)?;
        fields.set_item("participant", participant)?;
        fields.set_item("slots", PyTuple::new(py, slots)?)
    })
}

fn speakers_changed<'py>(py: Python<'py>, room: &RoomId, levels: &[(ParticipantId, i8)]) -> Value<'py> {
    let levels: Vec<(&str, i8)> = levels.iter().map(|(id, level)| (id.as_str(), *level)).collect();
    make(py, "SpeakersChanged", |fields| {
        fields.set_item("room", room.as_str())?;
        fields.set_item("levels", PyTuple::new(py, levels)?)
    })
}

fn slot_quality_changed<'py>(
    py: Python<'py>,
    room: &RoomId,
    participant: &ParticipantId,
    slots: &[SlotQuality],
) -> Value<'py> {
    make(py, "SlotQualityChanged", |fields| {
        fields.set_item("room", room.as_str())?;
        fields.set_item("participant", participant.as_str())?;
        fields.set_item("slots", qualities(py, slots)?)
    })
}

/// An event of somebody's track, with what it has beside that.
fn track<'py>(
    py: Python<'py>,
    class: &str,
    (room, participant, source): (&RoomId, &ParticipantId, Source),
    more: impl FnOnce(&Bound<'py, PyDict>) -> PyResult<()>,
) -> Value<'py> {
    make(py, class, |fields| {
        fields.set_item("room", room.as_str())?;
        fields.set_item("participant", participant.as_str())?;
        fields.set_item("source", source.name())?;
        more(fields)
    })
}

fn qualities<'py>(py: Python<'py>, slots: &[SlotQuality]) -> PyResult<Bound<'py, PyTuple>> {
    let slots = slots.iter().map(|slot| {
        make(py, "SlotQuality", |fields| {
            fields.set_item("mid", &slot.mid)?;
            fields.set_item("layer", slot.layer.map(Layer::name))?;
            fields.set_item("reason", slot.reason.map(Reason::name))
        })
    });
    PyTuple::new(py, slots.collect::<PyResult<Vec<_>>>()?)
}

pub(crate) fn participant_stats_to_python<'py>(py: Python<'py>, stats: &ParticipantStats) -> Value<'py> {
    make(py, "ParticipantStats", |fields| {
        fields.set_item("round_trip_s", stats.round_trip.map(|time| time.as_secs_f64()))?;
        fields.set_item("loss_up", stats.loss_up)?;
        fields.set_item("loss_down", stats.loss_down)?;
        fields.set_item("estimate_bps", stats.estimate_bps)?;
        fields.set_item("sent_bps", stats.sent_bps)?;
        fields.set_item("received_bps", stats.received_bps)?;
        fields.set_item("slots", qualities(py, &stats.slots)?)
    })
}

pub(crate) fn room_stats_to_python<'py>(py: Python<'py>, stats: &RoomStats) -> Value<'py> {
    make(py, "RoomStats", |fields| {
        fields.set_item("media_in", stats.media_in)?;
        fields.set_item("forwarded", stats.forwarded)?;
        fields.set_item("held_muted", stats.held_muted)?;
        fields.set_item("held_waiting", stats.held_waiting)?;
        fields.set_item("keyframe_requests", stats.keyframe_requests)?;
        fields.set_item("participants", stats.participants)
    })
}

pub(crate) fn stats_to_python<'py>(py: Python<'py>, stats: &Stats, transport: &TransportStats) -> Value<'py> {
    make(py, "Stats", |fields| {
        fields.set_item("packets_in", stats.packets_in)?;
        fields.set_item("bytes_in", stats.bytes_in)?;
        fields.set_item("packets_out", stats.packets_out)?;
        fields.set_item("bytes_out", stats.bytes_out)?;
        fields.set_item("media_in", stats.media_in)?;
        fields.set_item("forwarded", stats.forwarded)?;
        fields.set_item("dropped_size", stats.dropped_size)?;
        fields.set_item("dropped_unknown_address", stats.dropped_unknown_address)?;
        fields.set_item("dropped_stun", stats.dropped_stun)?;
        fields.set_item("dropped_unauthenticated", stats.dropped_unauthenticated)?;
        fields.set_item("dropped_malformed", stats.dropped_malformed)?;
        fields.set_item("dropped_media", stats.dropped_media)?;
        fields.set_item("held_muted", stats.held_muted)?;
        fields.set_item("held_waiting", stats.held_waiting)?;
        fields.set_item("keyframe_requests", stats.keyframe_requests)?;
        fields.set_item("recovered", stats.recovered)?;
        fields.set_item("layer_switches", stats.layer_switches)?;
        fields.set_item("rooms_failed", stats.rooms_failed)?;
        fields.set_item("rooms", stats.rooms)?;
        fields.set_item("participants", stats.participants)?;
        transport_stats_into(fields, transport)
    })
}

fn transport_stats_into(fields: &Bound<'_, PyDict>, stats: &TransportStats) -> PyResult<()> {
    fields.set_item("tcp_connections", stats.tcp_connections)?;
    fields.set_item("tcp_accepted", stats.tcp_accepted)?;
    fields.set_item("tcp_refused", stats.tcp_refused)?;
    fields.set_item("tcp_cut", stats.tcp_cut)?;
    fields.set_item("turn_allocations", stats.turn_allocations)?;
    fields.set_item("turn_allocated", stats.turn_allocated)?;
    fields.set_item("turn_allocations_refused", stats.turn_allocations_refused)?;
    fields.set_item("turn_peers_refused", stats.turn_peers_refused)?;
    fields.set_item("turn_challenged", stats.turn_challenged)?;
    fields.set_item("turn_rationed", stats.turn_rationed)?;
    fields.set_item("turn_dropped", stats.turn_dropped)?;
    fields.set_item("turn_packets_in", stats.turn_packets_in)?;
    fields.set_item("turn_packets_out", stats.turn_packets_out)
}
