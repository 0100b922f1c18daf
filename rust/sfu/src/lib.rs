//! A selective forwarding unit as a pure state machine.
//!
//! [`Node`] owns rooms. Feed it datagrams, commands and the passing of time; take datagrams to send
//! and [`Event`]s from it. It knows SDP, ICE, DTLS and RTP (through str0m), who sits in which room
//! and who receives whom. It does not know clocks, sockets, threads or Python.
//!
//! Every participant has one peer connection that the client offers from a fixed template
//! ([`template`]): joining, leaving and sharing a screen never renegotiate anything.
#![forbid(unsafe_code)]

mod allocator;
mod answer;
mod bitrate;
mod capture_clock;
mod codec;
mod demand;
mod demux;
mod encoding;
mod error;
mod event;
mod formats;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod ids;
mod keyframes;
mod layer;
pub mod limits;
mod node;
mod outbox;
mod path;
mod rewrite;
mod room;
mod seat;
mod session;
mod shortage;
mod slots;
mod source;
mod speakers;
mod stats;
pub mod template;
mod track;
mod view;
mod voice;
mod voice_rate;

pub use allocator::{Reason, VideoLimit, VideoRates};
pub use codec::VideoCodec;
pub use error::SfuError;
pub use event::{DisconnectReason, Event, SlotQuality};
pub use ids::{ParticipantId, RoomId};
pub use layer::Layer;
pub use node::{Node, NodeConfig};
pub use outbox::{Datagram, Routed};
pub use path::{Addresses, Path, Via};
pub use session::Prepared;
pub use slots::Slot;
pub use source::Source;
pub use stats::{ParticipantStats, RoomStats, Stats};
pub use template::Role;
pub use view::TileSize;
