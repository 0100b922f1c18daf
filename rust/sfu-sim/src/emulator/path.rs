//! Both directions of the path: which packets are on their way, and when each is due. Knows no device.

use std::time::{Duration, Instant};

use sfu_sim::flights::Flights;
use sfu_sim::link::{Link, Schedule};
use sfu_sim::profile;

use crate::firewall::Firewall;

/// The link model counts the headers of IPv4 and UDP itself; what comes from a device has them already.
const HEADER_BYTES: usize = 28;
/// Latenesses kept for the statistics.
const LATENESS_SAMPLES_MAX: usize = 100_000;

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the far end to the near one.
    Up,
    /// From the near end to the far one.
    Down,
}

/// What happened in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets taken from the device.
    pub taken: u64,
    /// Packets that the firewall or a blackout stopped.
    pub blocked: u64,
    /// Packets that the link lost, its queue included.
    pub lost: u64,
    /// Packets handed over, twins included.
    pub delivered: u64,
}

/// The path between two namespaces.
pub struct Path {
    up: Link,
    down: Link,
    pub firewall: Firewall,
    pub is_blackout: bool,
    on_their_way: Flights<(Direction, Vec<u8>)>,
    counters: [Counters; 2],
    lateness: Vec<Duration>,
}

impl Path {
    /// A wire, until told otherwise.
    pub fn new(seed: u64, now: Instant) -> Self {
        Self {
            up: Link::new(profile::GOOD, seed, now),
            down: Link::new(profile::GOOD, seed ^ u64::MAX, now),
            firewall: Firewall::All,
            is_blackout: false,
            on_their_way: Flights::default(),
            counters: [Counters::default(); 2],
            lateness: Vec::new(),
        }
    }

    /// Other conditions in one direction from `now` on.
    pub fn change(&mut self, direction: Direction, schedule: Schedule, now: Instant) {
        self.link(direction).change(schedule, now);
    }

    /// Takes a packet that a namespace sent at `at`.
    pub fn take(&mut self, direction: Direction, packet: &[u8], at: Instant) {
        let is_blocked = self.is_blackout || !self.firewall.passes(packet);
        let counters = &mut self.counters[direction as usize];
        counters.taken += 1;
        if is_blocked {
            counters.blocked += 1;
            return;
        }
        let bytes = packet.len().saturating_sub(HEADER_BYTES);
        let mut arrivals = self.link(direction).arrivals(bytes, at).peekable();
        if arrivals.peek().is_none() {
            self.counters[direction as usize].lost += 1;
        }
        for due in arrivals {
            self.on_their_way.launch(due, (direction, packet.to_vec()));
        }
    }

    /// When the next packet is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.on_their_way.due()
    }

    /// The next packet that is due by `now`.
    pub fn deliver(&mut self, now: Instant) -> Option<(Direction, Vec<u8>)> {
        let (due, (direction, packet)) = self.on_their_way.land(now)?;
        self.counters[direction as usize].delivered += 1;
        if self.lateness.len() < LATENESS_SAMPLES_MAX {
            self.lateness.push(now - due);
        }
        Some((direction, packet))
    }

    /// What happened in this direction since the start.
    pub fn counters(&self, direction: Direction) -> Counters {
        self.counters[direction as usize]
    }

    /// The 99th percentile of how late packets were delivered since the last time this was asked.
    pub fn take_lateness_p99(&mut self) -> Duration {
        let mut lateness = std::mem::take(&mut self.lateness);
        lateness.sort_unstable();
        let index = lateness.len() * 99 / 100;
        lateness.get(index).copied().unwrap_or_default()
    }

    fn link(&mut self, direction: Direction) -> &mut Link {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: [u8; 100] = [0x45; 100];

    fn path() -> (Path, Instant) {
        let now = Instant::now();
        (Path::new(1, now), now)
    }

    #[test]
    fn a_packet_is_due_after_the_delay_of_its_direction() {
        let (mut path, now) = path();
        path.change(Direction::Up, profile::thin(300).into(), now);
        path.take(Direction::Up, &PACKET, now);
        assert!(path.deliver(now + Duration::from_millis(29)).is_none());
        let (direction, packet) = path.deliver(now + Duration::from_millis(40)).unwrap();
        assert_eq!((direction, packet.len()), (Direction::Up, 100));
        assert_eq!(path.counters(Direction::Up).delivered, 1);
        assert_eq!(path.counters(Direction::Down), Counters::default());
    }

    #[test]
    fn packets_leave_in_order_of_their_times() {
        let (mut path, now) = path();
        for length in 30..50 {
            path.take(Direction::Down, &vec![0; length], now);
        }
        let later = now + Duration::from_secs(1);
        let lengths: Vec<usize> = std::iter::from_fn(|| path.deliver(later))
            .map(|(_, p)| p.len())
            .collect();
        assert_eq!(lengths, (30..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_blackout_stops_what_is_sent_in_it() {
        let (mut path, now) = path();
        path.is_blackout = true;
        path.take(Direction::Down, &PACKET, now);
        assert_eq!(path.next_due(), None);
        assert_eq!(path.counters(Direction::Down).blocked, 1);
    }
}
