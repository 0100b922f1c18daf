//! Lets virtual time pass: what is under way lands, who is due acts.

use std::time::{Duration, Instant};

use sfu::Event;

use super::{Member, World, sfu_address};

/// A run that does not get on within this many steps of one instant is stuck.
const STEPS_PER_INSTANT_MAX: u32 = 100_000;

/// A datagram on its way.
pub(super) struct Flight {
    to_sfu: bool,
    client: usize,
    bytes: Vec<u8>,
}

impl World {
    /// Lets time pass and answers every datagram that a client sends meanwhile, as somebody on its path sees it.
    pub fn overhear(&mut self, client: usize, time: Duration) -> Vec<Vec<u8>> {
        self.overheard = Some(Vec::new());
        self.run_for(time);
        let heard = self.overheard.take().unwrap_or_default();
        let of_client = heard.into_iter().filter(|(from, _)| *from == client);
        of_client.map(|(_, bytes)| bytes).collect()
    }

    /// Lets time pass; at each interval somebody does something to the SFU. How often that was.
    pub fn run_under(
        &mut self,
        time: Duration,
        interval: Duration,
        mut attack: impl FnMut(&mut Self, u64),
    ) -> u64 {
        let (until, mut number) = (self.now + time, 0);
        while self.now < until {
            attack(self, number);
            number += 1;
            self.run_for(interval);
        }
        number
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        self.run_until_time(until, |_| false);
    }

    /// Lets time pass until `done`; answers whether that happened within `limit`.
    pub fn run_until(&mut self, limit: Duration, done: impl FnMut(&mut Self) -> bool) -> bool {
        let until = self.now + limit;
        self.run_until_time(until, done)
    }

    fn run_until_time(&mut self, until: Instant, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let mut steps = 0;
        loop {
            if done(self) {
                return true;
            }
            let next = self.next().max(self.now);
            if next > until {
                self.now = until;
                return false;
            }
            steps = if next == self.now { steps + 1 } else { 0 };
            assert!(
                steps < STEPS_PER_INSTANT_MAX,
                "seed {}: stuck at {:?}: {}",
                self.seed,
                self.now - self.epoch,
                self.who_is_due()
            );
            self.now = next;
            self.step();
        }
    }

    fn next(&self) -> Instant {
        let flights = self.flights.due();
        let clients = self.members.iter().map(|member| member.client.due()).min();
        let far = self.now + Duration::from_secs(3600);
        [flights, clients, self.node.next_timeout()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(far)
    }

    fn who_is_due(&self) -> String {
        let node = self.node.next_timeout().filter(|at| *at <= self.now);
        let due = |member: &Member| member.client.due() <= self.now;
        let clients: Vec<usize> = (0..self.members.len())
            .filter(|index| due(&self.members[*index]))
            .collect();
        format!("node: {}, clients: {clients:?}", node.is_some())
    }

    fn step(&mut self) {
        while let Some((_, flight)) = self.flights.land(self.now) {
            self.land(&flight);
        }
        for member in &mut self.members {
            if member.client.due() <= self.now {
                member.client.advance(self.now);
            }
        }
        self.node.flush(self.now);
        self.node.advance(self.now);
        self.collect();
    }

    fn land(&mut self, flight: &Flight) {
        let member = &mut self.members[flight.client];
        if member.is_unplugged {
            return;
        }
        if flight.to_sfu {
            self.node.receive(member.seen_at, &flight.bytes, self.now);
        } else {
            member.client.receive(self.now, sfu_address(), &flight.bytes);
        }
    }

    pub(super) fn collect(&mut self) {
        let mut datagrams = Vec::new();
        self.node.take_datagrams(&mut datagrams);
        for datagram in datagrams {
            if let Some(client) = self.by_address.get(&datagram.to).copied() {
                let arrivals = self.members[client].down.arrivals(datagram.bytes.len(), self.now);
                self.launch(arrivals, false, client, &datagram.bytes);
            }
        }
        for client in 0..self.members.len() {
            for (_, bytes) in self.members[client].client.take_datagrams() {
                if let Some(heard) = &mut self.overheard {
                    heard.push((client, bytes.clone()));
                }
                let arrivals = self.members[client].up.arrivals(bytes.len(), self.now);
                self.launch(arrivals, true, client, &bytes);
            }
        }
        while let Some(event) = self.node.poll_event() {
            self.obey(&event);
            self.events.push(event);
        }
    }

    /// A browser encodes as the server wants it.
    fn obey(&mut self, event: &Event) {
        let (Event::LayersWanted {
            room, participant, ..
        }
        | Event::BitrateWanted {
            room, participant, ..
        }) = event
        else {
            return;
        };
        let asked = |member: &&mut Member| member.room == *room && member.name == *participant;
        for member in self.members.iter_mut().filter(asked) {
            member.client.obey(event);
        }
    }

    fn launch(&mut self, arrivals: impl Iterator<Item = Instant>, to_sfu: bool, client: usize, bytes: &[u8]) {
        for at in arrivals {
            let bytes = bytes.to_vec();
            self.flights.launch(
                at,
                Flight {
                    to_sfu,
                    client,
                    bytes,
                },
            );
        }
    }
}
