//! A poor network before an endpoint's socket: what leaves and what arrives is lost, late or held up.

use std::net::SocketAddr;
use std::time::Instant;

use sfu::Datagram;
use sfu_sim::flights::Flights;
use sfu_sim::link::{Link, Schedule};

/// A datagram at the end of its way.
pub enum Landed {
    /// It leaves for the SFU.
    Out(Datagram),
    /// It came from there.
    In(SocketAddr, Vec<u8>),
}

/// Both ways, each with its own luck.
pub struct Network {
    up: Link,
    down: Link,
    flights: Flights<Landed>,
}

impl Network {
    /// The same conditions both ways.
    pub fn new(schedule: &Schedule, seed: u64, now: Instant) -> Self {
        Self {
            up: Link::new(schedule.clone(), seed, now),
            down: Link::new(schedule.clone(), !seed, now),
            flights: Flights::default(),
        }
    }

    pub fn leaves(&mut self, datagram: &Datagram, now: Instant) {
        for at in self.up.arrivals(datagram.bytes.len(), now) {
            let copy = Datagram {
                to: datagram.to,
                bytes: datagram.bytes.clone(),
            };
            self.flights.launch(at, Landed::Out(copy));
        }
    }

    pub fn arrives(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) {
        for at in self.down.arrivals(bytes.len(), now) {
            self.flights.launch(at, Landed::In(from, bytes.to_vec()));
        }
    }

    /// When the next one lands.
    pub fn due(&self) -> Option<Instant> {
        self.flights.due()
    }

    /// The next one that has landed, and when.
    pub fn land(&mut self, now: Instant) -> Option<(Instant, Landed)> {
        self.flights.land(now)
    }
}
