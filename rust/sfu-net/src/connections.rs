//! The TCP connections of one shard: accepted, told apart, read, written and, when they are of no use, cut.
//!
//! It knows frames, and neither ICE nor TURN: what came is handed on, and whether a peer has proved anything is asked.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use crate::connection::{Arrival, Connection, Useless};
use crate::framing::{Framing, Inbox};
use crate::poller::{Interest, Poller, Ready};
use crate::socket::Socket;
use crate::sources::Sources;
use crate::stats::TransportStats;

/// Connections of a shard; one more is closed at once.
pub(crate) const CONNECTIONS_MAX: usize = 4096;
/// Connections from one source, which may be a whole company behind one address; one more is closed at once.
pub(crate) const CONNECTIONS_PER_SOURCE_MAX: usize = 256;
/// New connections before the others get their turn.
const ACCEPTED_PER_TURN: usize = 8;
const TENDING_INTERVAL: Duration = Duration::from_secs(1);
/// The token of the listener; connections count from 1.
const LISTENER: u64 = 0;

/// A media connection that somebody else accepted and told apart.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) socket: Socket,
    pub(crate) inbox: Inbox,
    pub(crate) framing: Framing,
}

#[derive(Debug)]
pub(crate) struct Connections {
    poller: Poller,
    listener: Option<TcpListener>,
    /// The process had no descriptor left for a new connection.
    is_deaf: bool,
    all: HashMap<u64, Connection>,
    sources: Sources,
    next: u64,
    tended_at: Instant,
    ready: Vec<Ready>,
    /// Those with something new to write.
    unsent: HashSet<u64>,
    ended: Vec<(u64, SocketAddr, Framing)>,
    refused: u64,
    cut: u64,
}

impl Connections {
    /// With a listener, or only with what is handed over.
    pub(crate) fn new(listener: Option<TcpListener>, now: Instant) -> io::Result<Self> {
        let poller = Poller::new()?;
        if let Some(listener) = &listener {
            listener.set_nonblocking(true)?;
            poller.add(listener, LISTENER, Interest::Read)?;
        }
        Ok(Self {
            poller,
            listener,
            is_deaf: false,
            all: HashMap::new(),
            sources: Sources::new(CONNECTIONS_PER_SOURCE_MAX),
            next: LISTENER + 1,
            tended_at: now,
            ready: Vec::new(),
            unsent: HashSet::new(),
            ended: Vec::new(),
            refused: 0,
            cut: 0,
        })
    }

    /// Takes a connection over, with what came on it so far.
    pub(crate) fn adopt(&mut self, handover: Handover, now: Instant, take: &mut impl FnMut(Arrival<'_>)) {
        let Handover {
            socket,
            inbox,
            framing,
        } = handover;
        if let Some(token) = self.open(socket, now) {
            let connection = self.all.get_mut(&token).expect("it was opened a line above");
            (connection.inbox, connection.framing) = (inbox, Some(framing));
            if connection.take_frames(token, now, take).is_err() {
                self.cut(token);
            } else {
                self.read(token, now, take);
            }
        }
    }

    /// Accepts, reads and writes whatever is ready.
    pub(crate) fn serve(&mut self, now: Instant, take: &mut impl FnMut(Arrival<'_>)) {
        let mut ready = std::mem::take(&mut self.ready);
        self.poller.wait(0, &mut ready);
        for one in &ready {
            if one.token == LISTENER {
                self.accept(now);
                continue;
            }
            if one.can_write {
                self.unsent.insert(one.token);
            }
            if one.can_read {
                self.read(one.token, now, take);
            }
        }
        self.ready = ready;
    }

    /// Queues a datagram; false if it was dropped because the reader is slow, or gone.
    pub(crate) fn send(&mut self, token: u64, datagram: Vec<u8>, now: Instant) -> bool {
        let Some(connection) = self.all.get_mut(&token) else {
            return false;
        };
        let Some(framing) = connection.framing else {
            return false;
        };
        self.unsent.insert(token);
        connection.backlog.push(&framing.framed(datagram), now)
    }

    /// Writes what was queued.
    pub(crate) fn flush(&mut self) {
        for token in std::mem::take(&mut self.unsent) {
            let Some(connection) = self.all.get_mut(&token) else {
                continue;
            };
            let is_well = connection.write().is_ok() && connection.watch(token, &self.poller).is_ok();
            if !is_well {
                self.close(token);
            }
        }
    }

    /// Once a second, cuts what is late, idle, stuck, or on which nobody proved to belong here.
    pub(crate) fn tend(
        &mut self,
        now: Instant,
        mut has_proved: impl FnMut(u64, SocketAddr, Framing) -> bool,
    ) {
        if now.saturating_duration_since(self.tended_at) < TENDING_INTERVAL {
            return;
        }
        self.tended_at = now;
        let useless: Vec<u64> = self
            .all
            .iter()
            .filter(|(token, connection)| {
                let proof = |framing| has_proved(**token, connection.socket.peer, framing);
                !connection.is_of_use(now, proof)
            })
            .map(|(token, _)| *token)
            .collect();
        for token in useless {
            self.cut(token);
        }
        self.listen_again();
    }

    /// The media connections that ended since this was last asked.
    pub(crate) fn take_ended(&mut self) -> Vec<(u64, SocketAddr, Framing)> {
        std::mem::take(&mut self.ended)
    }

    /// What happened on connections.
    pub(crate) fn stats(&self) -> TransportStats {
        TransportStats {
            tcp_connections: self.all.len() as u64,
            tcp_accepted: self.next - LISTENER - 1,
            tcp_refused: self.refused,
            tcp_cut: self.cut,
            ..TransportStats::default()
        }
    }

    fn accept(&mut self, now: Instant) {
        for _ in 0..ACCEPTED_PER_TURN {
            let Some(accepted) = self.listener.as_ref().map(TcpListener::accept) else {
                return;
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Ok(socket) = Socket::new(stream, peer) {
                        self.open(socket, now);
                    }
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return,
                // The peer is gone already.
                Err(why) if why.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => return self.stop_listening(),
            }
        }
    }

    /// The token of the new connection, unless there are too many.
    fn open(&mut self, socket: Socket, now: Instant) -> Option<u64> {
        if self.all.len() >= CONNECTIONS_MAX || !self.sources.admit(socket.peer.ip()) {
            self.refused += 1;
            return None;
        }
        let token = self.next;
        self.next += 1;
        socket.shorten_send_buffer();
        if self.poller.add(&socket, token, Interest::Read).is_err() {
            self.sources.release(socket.peer.ip());
            return None;
        }
        self.all.insert(token, Connection::new(socket, now));
        Some(token)
    }

    fn read(&mut self, token: u64, now: Instant, take: &mut impl FnMut(Arrival<'_>)) {
        let Some(connection) = self.all.get_mut(&token) else {
            return;
        };
        match connection.read(token, now, take) {
            Err(Useless::Malformed) => return self.cut(token),
            Err(Useless::Ended) => return self.close(token),
            Ok(()) => {}
        }
        // TLS may have something to say.
        if connection.socket.wants_write() {
            self.unsent.insert(token);
        }
    }

    /// Closes a connection that its peer would have kept.
    fn cut(&mut self, token: u64) {
        self.cut += 1;
        self.close(token);
    }

    fn close(&mut self, token: u64) {
        let Some(mut connection) = self.all.remove(&token) else {
            return;
        };
        let peer = connection.socket.peer;
        self.sources.release(peer.ip());
        let _ = self.poller.remove(&connection.socket);
        connection.socket.finish();
        self.ended
            .extend(connection.framing.map(|framing| (token, peer, framing)));
    }

    /// A listener that cannot be emptied would be ready for ever.
    fn stop_listening(&mut self) {
        if let Some(listener) = &self.listener {
            self.is_deaf = self.poller.remove(listener).is_ok();
        }
    }

    fn listen_again(&mut self) {
        if let Some(listener) = self.listener.as_ref().filter(|_| self.is_deaf) {
            self.is_deaf = self.poller.add(listener, LISTENER, Interest::Read).is_err();
        }
    }
}

impl AsRawFd for Connections {
    /// Readable while [`Connections::serve`] has something to do.
    fn as_raw_fd(&self) -> RawFd {
        self.poller.as_raw_fd()
    }
}
