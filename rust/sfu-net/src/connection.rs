//! One TCP connection with media on it: its frames, what waits to be written, and whether it is of any use.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::backlog::Backlog;
use crate::first_bytes::{self, Kind};
use crate::framing::{Framing, Inbox};
use crate::poller::{Interest, Poller};
use crate::socket::Socket;

/// Until then the first whole frame has to come.
const FIRST_FRAME_MAX: Duration = Duration::from_secs(5);
/// Until then the peer has to prove that it belongs to somebody here: a few round trips on a poor network.
const PROOF_MAX: Duration = Duration::from_secs(10);
/// A connection of ICE on which nothing comes for this long is closed. Browsers check a spare path every 25 s. A
/// connection to the relay may be silent as long as it has an allocation, which ends by itself.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Readings of one connection before the others get their turn.
const READINGS_PER_TURN: usize = 8;

/// A datagram that came on a connection.
pub(crate) struct Arrival<'a> {
    pub(crate) connection: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) framing: Framing,
    pub(crate) datagram: &'a [u8],
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) inbox: Inbox,
    /// `None` until the first bytes have told.
    pub(crate) framing: Option<Framing>,
    pub(crate) backlog: Backlog,
    interest: Interest,
    opened_at: Instant,
    heard_at: Option<Instant>,
}

/// Why a connection is of no use any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Useless {
    /// The peer, or the way to it, ended it.
    Ended,
    /// What came is no media.
    Malformed,
}

impl Connection {
    pub(crate) fn new(socket: Socket, now: Instant) -> Self {
        Self {
            socket,
            inbox: Inbox::default(),
            framing: None,
            backlog: Backlog::default(),
            interest: Interest::Read,
            opened_at: now,
            heard_at: None,
        }
    }

    /// Reads what is there, or some of it.
    pub(crate) fn read(
        &mut self,
        token: u64,
        now: Instant,
        take: &mut impl FnMut(Arrival<'_>),
    ) -> Result<(), Useless> {
        for _ in 0..READINGS_PER_TURN {
            let Self { socket, inbox, .. } = self;
            match inbox.fill(|buffer| socket.read(buffer)) {
                Ok(0) => return Err(Useless::Ended),
                Ok(_) => self.take_frames(token, now, take)?,
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(Useless::Ended),
            }
        }
        Ok(())
    }

    /// Hands on the whole frames that have come.
    pub(crate) fn take_frames(
        &mut self,
        token: u64,
        now: Instant,
        take: &mut impl FnMut(Arrival<'_>),
    ) -> Result<(), Useless> {
        let framing = match self.framing {
            Some(framing) => framing,
            None => match first_bytes::kind(self.inbox.waiting()) {
                None => return Ok(()),
                Some(Kind::Media(framing)) => *self.framing.insert(framing),
                Some(Kind::Tls | Kind::Other) => return Err(Useless::Malformed),
            },
        };
        let peer = self.socket.peer;
        while let Some(datagram) = self.inbox.next(framing).map_err(|_| Useless::Malformed)? {
            self.heard_at = Some(now);
            if !datagram.is_empty() {
                take(Arrival {
                    connection: token,
                    peer,
                    framing,
                    datagram,
                });
            }
        }
        Ok(())
    }

    /// Writes what waits, as far as the kernel takes it.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        self.socket.flush().or_else(unless_blocked)?;
        while !self.backlog.is_empty() {
            match self.socket.write(self.backlog.front()) {
                Ok(bytes) => self.backlog.written(bytes),
                Err(why) => return unless_blocked(why),
            }
        }
        Ok(())
    }

    /// Has the kernel tell what is of interest now.
    pub(crate) fn watch(&mut self, token: u64, poller: &Poller) -> io::Result<()> {
        let must_write = !self.backlog.is_empty() || self.socket.wants_write();
        let wanted = if must_write {
            Interest::Both
        } else {
            Interest::Read
        };
        if wanted != self.interest {
            poller.change(&self.socket, token, wanted)?;
            self.interest = wanted;
        }
        Ok(())
    }

    /// Whether to keep it; `has_proved` tells whether its peer belongs to somebody here.
    pub(crate) fn is_of_use(&self, now: Instant, has_proved: impl FnOnce(Framing) -> bool) -> bool {
        let since = |at| now.saturating_duration_since(at);
        let age = since(self.opened_at);
        let Some((framing, heard_at)) = self.framing.zip(self.heard_at) else {
            return age < FIRST_FRAME_MAX;
        };
        let is_idle = framing == Framing::Ice && since(heard_at) >= IDLE_MAX;
        !is_idle && !self.backlog.is_stuck(now) && (age < PROOF_MAX || has_proved(framing))
    }
}

fn unless_blocked(why: io::Error) -> io::Result<()> {
    if why.kind() == io::ErrorKind::WouldBlock {
        Ok(())
    } else {
        Err(why)
    }
}
