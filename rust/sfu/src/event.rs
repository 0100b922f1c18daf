//! What the core reports to signalling.

use crate::allocator::Reason;
use crate::codec::VideoCodec;
use crate::ids::{ParticipantId, RoomId};
use crate::layer::Layer;
use crate::slots::Slot;
use crate::source::Source;

/// Why a participant is reported lost. The seat stays until `leave`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisconnectReason {
    /// The browser closed its peer connection.
    Closed,
    /// Nothing authentic came for [`crate::limits::PATH_SILENCE`].
    Silent,
    /// ICE and DTLS did not complete within [`crate::limits::CONNECT_GRACE`].
    NeverConnected,
    /// The session broke: a wrong DTLS fingerprint or an unrecoverable protocol error.
    ProtocolError,
}

impl DisconnectReason {
    /// The stable name of the reason.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::NeverConnected => "never_connected",
            Self::ProtocolError => "protocol_error",
        }
    }
}

/// What one video slot shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotQuality {
    /// The line's `a=mid`.
    pub mid: String,
    /// The layer; `None`: it is paused.
    pub layer: Option<Layer>,
    /// Why it is not the best that its tile has room for; `None` if it is.
    pub reason: Option<Reason>,
}

/// A fact about a room, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Media can flow to and from this participant (again).
    ParticipantConnected {
        /// The room.
        room: RoomId,
        /// Who.
        participant: ParticipantId,
    },
    /// The path to this participant is gone; it keeps its seat.
    ParticipantDisconnected {
        /// The room.
        room: RoomId,
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: DisconnectReason,
    },
    /// The receive slots of `participant` changed; `slots` is the whole table.
    SlotsChanged {
        /// The room.
        room: RoomId,
        /// The receiver.
        participant: ParticipantId,
        /// All its slots, in template order.
        slots: Vec<Slot>,
    },
    /// The first packet of a track arrived (again).
    TrackStarted {
        /// The room.
        room: RoomId,
        /// The sender.
        participant: ParticipantId,
        /// Which of its tracks.
        source: Source,
    },
    /// A track that had started fell silent.
    TrackStopped {
        /// The room.
        room: RoomId,
        /// The sender.
        participant: ParticipantId,
        /// Which of its tracks.
        source: Source,
    },
    /// Who is audible now, loudest first.
    SpeakersChanged {
        /// The room.
        room: RoomId,
        /// Smoothed levels in dBov: 0 is the loudest, -127 is silence.
        levels: Vec<(ParticipantId, i8)>,
    },
    /// What the taken video slots of `participant` show changed; `slots` is the whole table.
    SlotQualityChanged {
        /// The room.
        room: RoomId,
        /// The receiver.
        participant: ParticipantId,
        /// Its video slots that somebody is in, in template order.
        slots: Vec<SlotQuality>,
    },
    /// The browser of `participant` need not encode other layers of this source than `layers`.
    LayersWanted {
        /// The room.
        room: RoomId,
        /// The sender.
        participant: ParticipantId,
        /// Which of its tracks.
        source: Source,
        /// From the smallest up; never empty.
        layers: Vec<Layer>,
    },
    /// The browser of `participant` should send this source in another format from now on. Until the first word in a
    /// session it sends in the first format of the answer.
    CodecWanted {
        /// The room.
        room: RoomId,
        /// The sender.
        participant: ParticipantId,
        /// Which of its tracks.
        source: Source,
        /// One that it offered, and that all others decode if there is any.
        codec: VideoCodec,
    },
    /// The browser of `participant` should send this source in so many bits a second from now on, since the network of
    /// somebody who hears it carries no more. A fresh session begins at 32,000 for a voice.
    BitrateWanted {
        /// The room.
        room: RoomId,
        /// The sender.
        participant: ParticipantId,
        /// Which of its tracks; so far only a voice.
        source: Source,
        /// Bits a second, without headers.
        bps: u64,
    },
    /// The room panicked; it is closed and its sessions are gone.
    RoomFailed {
        /// The room.
        room: RoomId,
        /// The panic message.
        reason: String,
    },
}
