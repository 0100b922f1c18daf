//! One TCP port for everything that a strict firewall lets through: HTTPS, TURN over TLS and TCP, and ICE over TCP.
//!
//! What a connection is, its first bytes tell: TLS is taken off, media goes to the shard's thread together with its
//! connection, and HTTP goes through a pipe to the program's own server. A thread of its own, so that no download
//! delays a voice.

mod certificate;
mod guest;
mod pipe;
mod upstream;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::certificate::Certificate;
use self::guest::{Guest, Told};
use self::pipe::Pipe;
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

/// Where the door is and what stands behind it.
#[derive(Clone, Debug)]
pub struct DoorConfig {
    /// The TCP port, on the host of media; 0 lets the kernel choose.
    pub port: u16,
    /// PEM file of the certificate, and those that lead to a known authority.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
    /// The Unix socket on which the program speaks HTTP, after one line of the PROXY protocol, version 1.
    pub upstream: PathBuf,
}

/// Why there is no door.
#[derive(Debug)]
pub enum DoorError {
    /// A file is not what it should be; the sentence names it.
    Certificate(String),
    /// The port cannot be listened on.
    Io(io::Error),
}

impl fmt::Display for DoorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(why) => f.write_str(why),
            Self::Io(why) => why.fmt(f),
        }
    }
}

impl From<io::Error> for DoorError {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

/// A bound door that is still shut.
pub(crate) struct Bound {
    listener: TcpListener,
    certificate: Certificate,
    upstream: PathBuf,
    pub(crate) port: u16,
}

impl Bound {
    pub(crate) fn new(host: std::net::IpAddr, config: &DoorConfig) -> Result<Self, DoorError> {
        let certificate =
            Certificate::load(&config.certificate, &config.key).map_err(DoorError::Certificate)?;
        let listener = TcpListener::bind(SocketAddr::new(host, config.port))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            port: listener.local_addr()?.port(),
            listener,
            certificate,
            upstream: config.upstream.clone(),
        })
    }

    /// Opens it: media goes to the shard behind `shard` and `wake_shard`.
    pub(crate) fn open(self, shard: Sender<Command>, wake_shard: Arc<EventFd>) -> io::Result<Door> {
        let wake = Arc::new(EventFd::new()?);
        let poller = Poller::new()?;
        poller.add(&self.listener, LISTENER, Interest::Read)?;
        poller.add(&*wake, WAKE, Interest::Read)?;
        let refused = Arc::new(AtomicU64::new(0));
        let keeper = Keeper {
            refused: Arc::clone(&refused),
            bound: self,
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
        };
        let thread = std::thread::Builder::new()
            .name("sfu-door".into())
            .spawn(move || keeper.run())?;
        Ok(Door {
            wake,
            refused,
            thread: Some(thread),
        })
    }
}

/// An open door; dropping it shuts it and ends all that goes through it.
pub(crate) struct Door {
    wake: Arc<EventFd>,
    refused: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// Connections that were closed at once: there are too many, or they come too fast.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.wake.wake();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }
}

/// What the door's thread owns.
struct Keeper {
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
    fn run(mut self) {
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
