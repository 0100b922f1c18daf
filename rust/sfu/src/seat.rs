//! A place in a room. It belongs to a name, and survives the sessions that come and go under it.

use crate::allocator::{Allocator, Reason};
use crate::codec::VideoCodec;
use crate::event::SlotQuality;
use crate::ids::ParticipantId;
use crate::session::Session;
use crate::slots::SlotTable;
use crate::source::Source;
use crate::template::Role;
use crate::track::Track;
use crate::view::View;
use crate::voice_rate::VOICE_BPS;

/// The number of a seat in its room; reused after `leave`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SeatId(pub(crate) u16);

impl SeatId {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A participant or observer with all that outlives a reconnect.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) name: ParticipantId,
    pub(crate) role: Role,
    pub(crate) slots: SlotTable,
    /// In [`Source::ALL`] order; an observer's never carry anything.
    pub(crate) tracks: [Track; 4],
    pub(crate) session: Session,
    pub(crate) view: View,
    pub(crate) allocator: Allocator,
    /// By taken video slot: why it does not show the best that its tile has room for.
    pub(crate) reasons: Vec<(usize, Option<Reason>)>,
    /// What was last reported of the video slots.
    pub(crate) told: Vec<SlotQuality>,
    /// The format in which the present session was last told to send its screen; `None`: it was not.
    pub(crate) screen_codec: Option<VideoCodec>,
    /// Bits a second in which the present session was last told to send its voice.
    pub(crate) told_voice_bps: u64,
    /// Whether the last thing reported of this seat is `ParticipantConnected`.
    pub(crate) is_reported_connected: bool,
    /// Whether the loss of the present session was reported.
    pub(crate) is_reported_lost: bool,
}

impl Seat {
    pub(crate) fn new(name: ParticipantId, role: Role, session: Session) -> Self {
        Self {
            name,
            role,
            slots: SlotTable::new(role),
            tracks: Source::ALL.map(Track::new),
            session,
            view: View::default(),
            allocator: Allocator::default(),
            reasons: Vec::new(),
            told: Vec::new(),
            screen_codec: None,
            told_voice_bps: VOICE_BPS,
            is_reported_connected: false,
            is_reported_lost: false,
        }
    }

    pub(crate) fn track(&mut self, source: Source) -> &mut Track {
        &mut self.tracks[source.index()]
    }
}
