//! What is on its way, in the order in which it lands.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Things that land at their times; those of one time in the order in which they were launched.
pub struct Flights<T> {
    /// The next to land is the greatest.
    flights: BinaryHeap<Flight<T>>,
    launched: u64,
}

struct Flight<T> {
    at: Instant,
    number: u64,
    cargo: T,
}

impl<T> Flights<T> {
    /// From now on this is on its way.
    pub fn launch(&mut self, at: Instant, cargo: T) {
        self.launched += 1;
        let number = self.launched;
        self.flights.push(Flight { at, number, cargo });
    }

    /// When the next one lands.
    pub fn due(&self) -> Option<Instant> {
        self.flights.peek().map(|flight| flight.at)
    }

    /// The next one that has landed by `now`, and when.
    pub fn land(&mut self, now: Instant) -> Option<(Instant, T)> {
        self.due().filter(|at| *at <= now)?;
        self.flights.pop().map(|flight| (flight.at, flight.cargo))
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self {
            flights: BinaryHeap::new(),
            launched: 0,
        }
    }
}

impl<T> Ord for Flight<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<T> PartialOrd for Flight<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Flight<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Flight<T> {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_launched_lands_in_order_of_time_and_then_of_launching() {
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        let mut flights = Flights::default();
        for (ms, name) in [(20, "c"), (10, "a"), (30, "e"), (10, "b"), (20, "d")] {
            flights.launch(at(ms), name);
        }
        assert_eq!(flights.due(), Some(at(10)));
        assert_eq!(flights.land(at(9)), None);
        let landed: Vec<_> = std::iter::from_fn(|| flights.land(at(20))).collect();
        assert_eq!(
            landed,
            [(at(10), "a"), (at(10), "b"), (at(20), "c"), (at(20), "d")]
        );
        assert_eq!(flights.due(), Some(at(30)));
    }
}
