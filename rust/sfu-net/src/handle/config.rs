//! What the SFU is started with, and why it could not start.

use std::fmt;
use std::io;
use std::net::IpAddr;

use sfu::VideoRates;

use crate::address::AddressError;
use crate::door::{DoorConfig, DoorError};

/// Most shards: each has a thread and a port.
pub(super) const SHARDS_MAX: usize = 64;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to bind.
    pub host: IpAddr,
    /// The UDP port of the first shard, the next ones follow; 0 lets the kernel choose each.
    pub port: u16,
    /// What browsers are told: IPs, or IPs with a port. Empty means the bound address.
    pub advertise: Vec<String>,
    /// Threads; rooms are spread over them.
    pub shards: usize,
    /// Whether TCP is listened to on the same port numbers.
    pub tcp: bool,
    /// What the pictures that one receiver is sent may take.
    pub video_rates: VideoRates,
    /// One port for HTTPS and media, for who can reach nothing else. Needs a single shard.
    pub door: Option<DoorConfig>,
}

/// Why the SFU could not start.
#[derive(Debug)]
pub enum StartError {
    /// The port is taken, or the address is not ours.
    Io(io::Error),
    /// Nothing that browsers could reach.
    Address(AddressError),
    /// `shards` is 0 or too many.
    Shards,
    /// Nothing listens on the port for HTTPS and media.
    Door(DoorError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(why) => why.fmt(f),
            Self::Address(why) => why.fmt(f),
            Self::Shards => write!(
                f,
                "shards must be 1 to {SHARDS_MAX}, and 1 with a port for HTTPS and media"
            ),
            Self::Door(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}
