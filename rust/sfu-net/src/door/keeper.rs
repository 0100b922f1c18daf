//! The door's thread: lets connections in, hears what they are, and leads each where it belongs.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::guest::{Guest, Told};
use super::pipe::Pipe;
use super::{Bound, upstream};
use crate::connections::{CONNECTIONS_MAX, CONNECTIONS_PER_SOURCE_MAX, Handover};
use crate::event_fd::EventFd;
use crate::limiter::{Limiter, Ration};
use crate::poller::{Interest, Poller, Ready};
use crate::shard::Command;
use crate::socket::Socket;
use crate::sources::Sources;

/// Longest sleep: then late guests are sent away and the certificate is looked at.
const SLEEP_MAX_MS: u16 = 1000;
/// New connections before the others get their turn.
const ACCEPTED_PER_TURN: usize = 16;
/// Connections, for each wants a handshake of this thread. Behind one address may be an office.
const ARRIVALS_OF_ONE: Ration = Ration {
    burst: 128.0,
    per_s: 16.0,
};
const ARRIVALS_OF_ALL: Ration = Ration {
    burst: 1024.0,
    per_s: 256.0,
};
const TENDING_INTERVAL: Duration = Duration::from_secs(1);
/// Tokens: connections have even ones from 4 on, the other end of a pipe the odd one after it.
const LISTENER: u64 = 0;
const WAKE: u64 = 1;
const FIRST: u64 = 4;

/// What the door's thread owns.
pub(super) struct Keeper {
    bound: Bound,
    shard: Sender<Command>,
    wake_shard: Arc<EventFd>,
    poller: Poller,
    /// The process had no descriptor left for a new connection.
    is_deaf: bool,
    guests: HashMap<u64, Guest>,
    pipes: HashMap<u64, Pipe>,
    sources: Sources,
    arrivals: Limiter,
    refused: Arc<AtomicU64>,
    next: u64,
    tended_at: Instant,
}

impl Keeper {
    /// `refused` counts the connections that are closed at once.
    pub(super) fn new(
        bound: Bound,
        (shard, wake_shard): (Sender<Command>, Arc<EventFd>),
        wake: &EventFd,
        refused: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&bound.listener, LISTENER, Interest::Read)?;
        poller.add(wake, WAKE, Interest::Read)?;
        Ok(Self {
            refused,
            bound,
            shard,
            wake_shard,
            poller,
            is_deaf: false,
            guests: HashMap::new(),
            pipes: HashMap::new(),
            sources: Sources::new(CONNECTIONS_PER_SOURCE_MAX),
            arrivals: Limiter::new(ARRIVALS_OF_ONE, ARRIVALS_OF_ALL, Instant::now()),
            next: FIRST,
            tended_at: Instant::now(),
        })
    }

    /// Until it is woken.
    pub(super) fn run(mut self) {
        let mut ready = Vec::new();
        loop {
            self.poller.wait(SLEEP_MAX_MS, &mut ready);
            let now = Instant::now();
            for one in &ready {
                match one.token {
                    LISTENER => self.accept(now),
                    WAKE => return,
                    _ => self.attend(one),
                }
            }
            self.tend(now);
        }
    }

    fn accept(&mut self, now: Instant) {
        for _ in 0..ACCEPTED_PER_TURN {
            match self.bound.listener.accept() {
                Ok((stream, peer)) => {
                    if let Ok(socket) = Socket::new(stream, peer) {
                        self.let_in(socket, now);
                    }
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return,
                // The peer is gone already.
                Err(why) if why.kind() == io::ErrorKind::ConnectionAborted => {}
                // A listener that cannot be emptied would be ready for ever.
                Err(_) => {
                    self.is_deaf = self.poller.remove(&self.bound.listener).is_ok();
                    return;
                }
            }
        }
    }

    fn let_in(&mut self, socket: Socket, now: Instant) {
        let source = socket.peer.ip();
        let is_full = self.guests.len() + self.pipes.len() >= CONNECTIONS_MAX;
        if is_full || !self.arrivals.permits(source, now) || !self.sources.admit(source) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let token = self.next;
        self.next += 2;
        if self.poller.add(&socket, token, Interest::Read).is_err() {
            return self.sources.release(source);
        }
        self.guests.insert(token, Guest::new(socket, now));
    }

    fn attend(&mut self, one: &Ready) {
        let token = one.token & !1;
        if let Some(guest) = self.guests.get_mut(&token) {
            let told = guest.listen(&self.bound.certificate);
            return self.heard(token, told);
        }
        let Some(pipe) = self.pipes.get_mut(&token) else {
            return;
        };
        if pipe.pump().is_err() || pipe.watch(token, &self.poller).is_err() {
            self.end_pipe(token);
        }
    }

    fn heard(&mut self, token: u64, told: Told) {
        match told {
            Told::Nothing => {
                let is_watched = self
                    .guests
                    .get_mut(&token)
                    .is_some_and(|guest| guest.watch(token, &self.poller).is_ok());
                if !is_watched {
                    self.send_away(token);
                }
            }
            Told::Useless => self.send_away(token),
            Told::Media(framing) => {
                if let Some(Guest { socket, inbox, .. }) = self.see_off(token) {
                    let handover = Handover {
                        socket,
                        inbox,
                        framing,
                    };
                    // A shard that is gone lets everything go.
                    let _ = self.shard.send(Command::Adopt(Box::new(handover)));
                    self.wake_shard.wake();
                }
            }
            Told::Http => self.connect(token),
        }
    }

    /// Lays a pipe to the program.
    fn connect(&mut self, token: u64) {
        let Some(guest) = self.guests.remove(&token) else {
            return;
        };
        let source = guest.socket.peer.ip();
        let pipe = upstream::connect(&self.bound.upstream).and_then(|upstream| {
            self.poller.add(&upstream, token + 1, Interest::Read)?;
            Pipe::new(guest, upstream)
        });
        let Ok(mut pipe) = pipe else {
            return self.sources.release(source);
        };
        let is_well = pipe.pump().is_ok() && pipe.watch(token, &self.poller).is_ok();
        self.pipes.insert(token, pipe);
        if !is_well {
            self.end_pipe(token);
        }
    }

    fn end_pipe(&mut self, token: u64) {
        if let Some(mut pipe) = self.pipes.remove(&token) {
            self.sources.release(pipe.peer().ip());
            pipe.finish();
        }
    }

    fn send_away(&mut self, token: u64) {
        if let Some(mut guest) = self.see_off(token) {
            guest.socket.finish();
        }
    }

    fn see_off(&mut self, token: u64) -> Option<Guest> {
        let guest = self.guests.remove(&token)?;
        self.sources.release(guest.socket.peer.ip());
        let _ = self.poller.remove(&guest.socket);
        Some(guest)
    }

    fn tend(&mut self, now: Instant) {
        if now.saturating_duration_since(self.tended_at) < TENDING_INTERVAL {
            return;
        }
        self.tended_at = now;
        let late = self.guests.iter().filter(|(_, guest)| guest.is_late(now));
        let late: Vec<u64> = late.map(|(token, _)| *token).collect();
        for token in late {
            self.send_away(token);
        }
        if self.is_deaf {
            let again = self.poller.add(&self.bound.listener, LISTENER, Interest::Read);
            self.is_deaf = again.is_err();
        }
        self.bound.certificate.renew();
    }
}
