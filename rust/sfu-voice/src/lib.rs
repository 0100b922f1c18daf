//! Somebody whose network lets nothing but web pages through, as an ordinary participant of a room.
//!
//! Their browser encodes and decodes Opus itself and sends frames over a WebSocket ([`Frame`]). A [`Voice`] is the other
//! half: a WebRTC client that joins with the offer that browsers make, so the room needs to know nothing of it. It does
//! not know clocks, sockets or threads; `sfu-net` carries its datagrams to the core in memory.
#![forbid(unsafe_code)]

mod frame;
mod freshness;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod voice;

pub use frame::{Frame, HEADER_BYTES, Malformed, PAYLOAD_BYTES_MAX, VERSION};
pub use freshness::{Freshness, LATE_MAX};
pub use voice::{Counted, Line, Voice, VoiceError};
