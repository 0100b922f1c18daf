//! The SFU on real sockets: one thread and one port a shard, for UDP, ICE over TCP and TURN; rooms pinned to shards.
//!
//! A wake drains the socket, lets the core do all fan-out, and sends everything in one batch; no
//! packet ever crosses a thread. Commands come through a queue and an eventfd, events leave through
//! another. This crate knows clocks, sockets and threads; it does not know RTP or Python.

mod address;
mod backlog;
mod connection;
mod connections;
mod door;
mod event_fd;
mod events;
mod first_bytes;
mod framing;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod handle;
mod limiter;
mod poller;
mod ports;
mod shard;
mod socket;
mod sources;
mod stats;
mod switch;
mod turn;
mod udp;
mod voices;

pub use address::{AddressError, advertised};
pub use door::{DoorConfig, DoorError};
pub use handle::{Config, Sfu, StartError, Stopped};
pub use stats::TransportStats;
pub use turn::Credentials;
pub use udp::Udp;
pub use voices::{Heard, JoinVoiceError, Joined};
