//! Counters, which only rise, so that a reader can take differences; and how a connection is now.

use std::time::Duration;

use crate::event::SlotQuality;

/// What happened on a node since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Datagrams received.
    pub packets_in: u64,
    /// Bytes of UDP payload received.
    pub bytes_in: u64,
    /// Datagrams to send.
    pub packets_out: u64,
    /// Bytes of UDP payload to send.
    pub bytes_out: u64,
    /// RTP packets received and accepted from publishers.
    pub media_in: u64,
    /// RTP packets written to slots; one inbound packet counts once a receiver.
    pub forwarded: u64,
    /// Frames of sound that were lost and found again in later packets.
    pub recovered: u64,
    /// Dropped: longer than [`crate::limits::DATAGRAM_BYTES_MAX`] or empty.
    pub dropped_size: u64,
    /// Dropped: not STUN, from an address that completed no ICE check.
    pub dropped_unknown_address: u64,
    /// Dropped: STUN that is malformed or names no session.
    pub dropped_stun: u64,
    /// Dropped: STUN for a session, with a wrong password.
    pub dropped_unauthenticated: u64,
    /// Dropped: from a known address, but no datagram of WebRTC.
    pub dropped_malformed: u64,
    /// Dropped: RTP from a known address that is not of its session, of no stream, a repetition or padding.
    pub dropped_media: u64,
    /// Not forwarded: the server switched the track off.
    pub held_muted: u64,
    /// Not forwarded: the slot waits for a key frame, or the packet is older than the slot's start.
    pub held_waiting: u64,
    /// Key frame requests sent to publishers.
    pub keyframe_requests: u64,
    /// Changes of the layer that passes to a slot, its starts included.
    pub layer_switches: u64,
    /// Rooms that panicked.
    pub rooms_failed: u64,
    /// Open rooms now.
    pub rooms: u64,
    /// Seats taken now, observers included.
    pub participants: u64,
}

/// What happened in one room since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomStats {
    /// RTP packets received and accepted from publishers.
    pub media_in: u64,
    /// RTP packets written to slots.
    pub forwarded: u64,
    /// Not forwarded: the server switched the track off.
    pub held_muted: u64,
    /// Not forwarded: the slot waits for a key frame, or the packet is too old.
    pub held_waiting: u64,
    /// Key frame requests sent to publishers.
    pub keyframe_requests: u64,
    /// Seats taken now, observers included.
    pub participants: u64,
}

/// How one participant's connection is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParticipantStats {
    /// There and back again; `None` before the first measurement.
    pub round_trip: Option<Duration>,
    /// Share of the participant's packets lost lately, 0 to 1.
    pub loss_up: Option<f32>,
    /// Share of our packets to it lost lately, 0 to 1.
    pub loss_down: Option<f32>,
    /// What the path to it carries, in bits of payload a second; `None` if its browser gives no feedback.
    pub estimate_bps: Option<u64>,
    /// Bits a second that we sent lately, of UDP payload.
    pub sent_bps: u64,
    /// Bits a second that we received lately, of UDP payload.
    pub received_bps: u64,
    /// What its video slots show.
    pub slots: Vec<SlotQuality>,
}

impl std::ops::Add for Stats {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            packets_in: self.packets_in + other.packets_in,
            bytes_in: self.bytes_in + other.bytes_in,
            packets_out: self.packets_out + other.packets_out,
            bytes_out: self.bytes_out + other.bytes_out,
            media_in: self.media_in + other.media_in,
            forwarded: self.forwarded + other.forwarded,
            recovered: self.recovered + other.recovered,
            dropped_size: self.dropped_size + other.dropped_size,
            dropped_unknown_address: self.dropped_unknown_address + other.dropped_unknown_address,
            dropped_stun: self.dropped_stun + other.dropped_stun,
            dropped_unauthenticated: self.dropped_unauthenticated + other.dropped_unauthenticated,
            dropped_malformed: self.dropped_malformed + other.dropped_malformed,
            dropped_media: self.dropped_media + other.dropped_media,
            held_muted: self.held_muted + other.held_muted,
            held_waiting: self.held_waiting + other.held_waiting,
            keyframe_requests: self.keyframe_requests + other.keyframe_requests,
            layer_switches: self.layer_switches + other.layer_switches,
            rooms_failed: self.rooms_failed + other.rooms_failed,
            rooms: self.rooms + other.rooms,
            participants: self.participants + other.participants,
        }
    }
}
