//! The ways to the peer that its checks proved, and the one on which it wants to be sent to.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use crate::demux;
use crate::limits::{CHECKS_REMEMBERED_MAX, PATHS_PER_SESSION_MAX};
use crate::path::Path;

#[derive(Debug, Default)]
pub(super) struct Paths {
    proved: VecDeque<Path>,
    /// Where the peer last told us to send. str0m keeps to a nominated path until it was silent for 15 s;
    /// a peer whose network changed would see nothing for as long.
    nominated: Option<Path>,
    /// On which a check with the right password last came, and when.
    last_check: Option<(Path, Instant)>,
    /// On which the datagram came that was last taken.
    arrived: Option<Path>,
    /// The checks that had the right password, and in which order they came.
    checks: HashSet<u64>,
    checks_in_order: VecDeque<u64>,
}

impl Paths {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Path> {
        self.proved.iter()
    }

    pub(super) fn arrived(&mut self, path: Path) {
        self.arrived = Some(path);
    }

    /// A check on this path had the right password. The path that proved itself longest ago is given
    /// back if there are too many.
    pub(super) fn prove(&mut self, path: Path, now: Instant) -> Option<Path> {
        self.last_check = Some((path, now));
        if self.proved.contains(&path) {
            return None;
        }
        self.proved.push_back(path);
        let is_too_many = self.proved.len() > PATHS_PER_SESSION_MAX;
        is_too_many.then(|| self.proved.pop_front()).flatten()
    }

    /// Whether this check came before, and now comes from where nobody has proved anything: somebody overheard it, and
    /// media would follow it there.
    pub(super) fn is_overheard(&self, path: &Path, datagram: &[u8]) -> bool {
        let has_come = |id| self.checks.contains(&id);
        demux::check_id(datagram).is_some_and(has_come) && !self.proved.contains(path)
    }

    /// Remembers the datagram and goes where it says, if it was a check with the right password.
    pub(super) fn follow(&mut self, path: Path, datagram: &[u8], now: Instant) {
        let Some(id) = demux::check_id(datagram).filter(|_| self.last_check == Some((path, now))) else {
            return;
        };
        if self.checks.insert(id) {
            self.checks_in_order.push_back(id);
        }
        if self.checks_in_order.len() > CHECKS_REMEMBERED_MAX {
            let oldest = self.checks_in_order.pop_front();
            oldest.map(|oldest| self.checks.remove(&oldest));
        }
        if demux::nominates(datagram) {
            self.nominated = Some(path);
        }
    }

    pub(super) fn forget(&mut self, path: &Path) {
        self.proved.retain(|proved| proved != path);
        self.nominated = self.nominated.filter(|nominated| nominated != path);
        self.arrived = self.arrived.filter(|arrived| arrived != path);
    }

    /// The path of what answers a check, which str0m knows by the peer's address only.
    pub(super) fn back_to(&self, peer: SocketAddr) -> Path {
        let is_it = |path: &&Path| path.peer == peer;
        let known = self.arrived.iter().chain(self.proved.iter().rev());
        known.copied().find(|path| is_it(&path)).unwrap_or(peer.into())
    }

    /// The path of everything else.
    pub(super) fn onward(&self, peer: SocketAddr) -> Path {
        self.nominated.unwrap_or_else(|| self.back_to(peer))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;
    use crate::path::Via;

    fn path(port: u16, via: Via) -> Path {
        let peer = SocketAddr::from(([192, 0, 2, 1], port));
        Path { peer, via }
    }

    #[test]
    fn an_answer_goes_back_on_the_path_of_the_question() {
        let now = Instant::now();
        let (tcp, relayed) = (path(5000, Via::Tcp(3)), path(5000, Via::Relay(1)));
        let mut paths = Paths::default();
        paths.prove(tcp, now);
        paths.arrived(relayed);
        assert_eq!(paths.back_to(tcp.peer), relayed);
        paths.forget(&relayed);
        assert_eq!(paths.back_to(tcp.peer), tcp);
        assert_eq!(paths.onward(path(6000, Via::Udp).peer), path(6000, Via::Udp));
    }

    #[test]
    fn the_longest_known_of_too_many_paths_is_given_back() {
        let now = Instant::now();
        let mut paths = Paths::default();
        for port in 0..PATHS_PER_SESSION_MAX as u16 {
            assert_eq!(paths.prove(path(port, Via::Udp), now), None);
        }
        assert_eq!(paths.prove(path(0, Via::Udp), now), None, "it is known");
        assert_eq!(paths.prove(path(9000, Via::Udp), now), Some(path(0, Via::Udp)));
    }

    fn check(number: u16) -> Vec<u8> {
        let mut check = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0];
        check.extend([0; 8]);
        check.extend(number.to_be_bytes());
        check
    }

    #[test]
    fn a_check_that_came_before_is_overheard_elsewhere_until_it_is_forgotten() {
        let (now, home, elsewhere) = (Instant::now(), path(1, Via::Udp), path(2, Via::Udp));
        let mut paths = Paths::default();
        paths.prove(home, now);
        for number in 0..=CHECKS_REMEMBERED_MAX as u16 {
            paths.follow(home, &check(number), now);
        }
        let is_overheard = |path, number| paths.is_overheard(path, &check(number));
        assert!(is_overheard(&elsewhere, 1) && !is_overheard(&home, 1));
        assert!(!is_overheard(&elsewhere, 5000), "it is new");
        assert!(!is_overheard(&elsewhere, 0), "the oldest makes room");
        assert_eq!(paths.checks.len(), CHECKS_REMEMBERED_MAX);
    }
}
