//! The SFU on real sockets: one thread and one UDP port a shard, rooms pinned to shards.
//!
//! A wake drains the socket, lets the core do all fan-out, and sends everything in one batch; no
//! packet ever crosses a thread. Commands come through a queue and an eventfd, events leave through
//! another. This crate knows clocks, sockets and threads; it does not know RTP or Python.

mod address;
mod event_fd;
mod events;
mod handle;
mod shard;
mod udp;

pub use address::{AddressError, advertised};
pub use handle::{Config, Sfu, StartError, Stopped};
pub use udp::Udp;
