//! All synthetic people on one thread.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use str0m::media::MediaKind;

use crate::endpoint::Endpoint;
use crate::tally::Tally;
use crate::trace::Traces;

/// How far apart people's traces start, so that no two cameras are in step.
const STEP: Duration = Duration::from_micros(4_700);

pub struct People {
    pub tally: Tally,
    host: SocketAddr,
    traces: Traces,
    epoch: Instant,
    /// Who comes from now on sends each frame of sound twice where the SFU takes that.
    pub repeats_sound: bool,
    /// By the name that the orders give them.
    endpoints: BTreeMap<String, Endpoint>,
}

impl People {
    pub fn new(host: IpAddr, traces: Traces) -> Self {
        let epoch = Instant::now();
        Self {
            tally: Tally::new(epoch),
            host: SocketAddr::new(host, 0),
            traces,
            epoch,
            repeats_sound: false,
            endpoints: BTreeMap::new(),
        }
    }

    /// The endpoint of this name, new if there is none.
    pub fn endpoint(&mut self, name: &str, member: u32) -> Result<&mut Endpoint, String> {
        if !self.endpoints.contains_key(name) {
            let endpoint = Endpoint::new(member, (self.host, self.epoch), self.repeats_sound)?;
            self.endpoints.insert(name.to_owned(), endpoint);
        }
        self.known(name)
    }

    pub fn known(&mut self, name: &str) -> Result<&mut Endpoint, String> {
        let endpoint = self.endpoints.get_mut(name);
        endpoint.ok_or_else(|| format!("no such endpoint: {name}"))
    }

    /// Starts a member's sources, out of step with the others'.
    pub fn play(&mut self, member: u32, kinds: &[MediaKind], now: Instant) {
        let endpoints = self.endpoints.values_mut();
        for endpoint in endpoints.filter(|endpoint| endpoint.member == member) {
            endpoint.play(&self.traces, kinds, now + STEP * (member % 7));
        }
    }

    /// The endpoints of a member.
    pub fn of(&mut self, member: u32) -> impl Iterator<Item = &mut Endpoint> {
        let all = self.endpoints.values_mut();
        all.filter(move |endpoint| endpoint.member == member)
    }

    pub fn status(&self) -> Value {
        let endpoints: BTreeMap<&String, Value> = self
            .endpoints
            .iter()
            .map(|(name, endpoint)| (name, endpoint.status()))
            .collect();
        json!({ "endpoints": endpoints, "joins_ms": self.tally.joins(), "returns": self.tally.returns() })
    }

    /// Waits for a datagram, a time or an order; then receives and sends. True if there is an order.
    pub fn step(&mut self, orders: RawFd) -> Result<bool, String> {
        let ready = self.wait(orders);
        for (endpoint, is_readable) in self.endpoints.values_mut().zip(&ready[1..]) {
            if *is_readable {
                endpoint.receive(&mut self.tally)?;
            }
            let now = Instant::now();
            if endpoint.due() <= now {
                endpoint.advance(now, &mut self.tally)?;
            }
            endpoint.flush();
        }
        Ok(ready[0])
    }

    /// What can be read: the orders first, then the endpoints in their order.
    fn wait(&self, orders: RawFd) -> Vec<bool> {
        let due = self.endpoints.values().map(Endpoint::due).min();
        let readable = |fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        let sockets = self.endpoints.values().map(AsRawFd::as_raw_fd);
        let mut fds: Vec<_> = [orders].into_iter().chain(sockets).map(readable).collect();
        let wait = due.map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = wait.map(|wait| libc::timespec {
            tv_sec: wait.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(wait.subsec_nanos() as i32),
        });
        let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: a live array of that many descriptors, a live timeout or none, no signal mask.
        let count = unsafe {
            libc::ppoll(
                fds.as_mut_ptr(),
                fds.len() as libc::nfds_t,
                timeout,
                std::ptr::null(),
            )
        };
        fds.iter().map(|fd| count > 0 && fd.revents != 0).collect()
    }
}
