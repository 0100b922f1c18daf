//! A poor network before an endpoint's socket: what leaves and what arrives is lost, late or held up.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Instant;

use sfu::Datagram;
use sfu_sim::link::{Link, Schedule};

/// A datagram at the end of its way.
pub enum Landed {
    /// It leaves for the SFU.
    Out(Datagram),
    /// It came from there.
    In(SocketAddr, Vec<u8>),
}

struct Flight {
    at: Instant,
    number: u64,
    landed: Landed,
}

/// Both ways, each with its own luck.
pub struct Network {
    up: Link,
    down: Link,
    /// The next to land is the greatest.
    flights: BinaryHeap<Flight>,
    launched: u64,
}

impl Network {
    /// The same conditions both ways.
    pub fn new(schedule: &Schedule, seed: u64, now: Instant) -> Self {
        Self {
            up: Link::new(schedule.clone(), seed, now),
            down: Link::new(schedule.clone(), !seed, now),
            flights: BinaryHeap::new(),
            launched: 0,
        }
    }

    pub fn leaves(&mut self, datagram: &Datagram, now: Instant) {
        for at in self.up.arrivals(datagram.bytes.len(), now) {
            let copy = Datagram {
                to: datagram.to,
                bytes: datagram.bytes.clone(),
            };
            self.launch(at, Landed::Out(copy));
        }
    }

    pub fn arrives(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) {
        for at in self.down.arrivals(bytes.len(), now) {
            self.launch(at, Landed::In(from, bytes.to_vec()));
        }
    }

    /// When the next one lands.
    pub fn due(&self) -> Option<Instant> {
        self.flights.peek().map(|flight| flight.at)
    }

    /// The next one that has landed, and when.
    pub fn land(&mut self, now: Instant) -> Option<(Instant, Landed)> {
        self.due().filter(|at| *at <= now)?;
        self.flights.pop().map(|flight| (flight.at, flight.landed))
    }

    fn launch(&mut self, at: Instant, landed: Landed) {
        self.launched += 1;
        let number = self.launched;
        self.flights.push(Flight { at, number, landed });
    }
}

impl Ord for Flight {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Flight {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Flight {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Flight {}
