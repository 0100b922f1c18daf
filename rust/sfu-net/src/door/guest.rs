//! A connection at the door that has not said yet what it wants.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use super::certificate::Certificate;
use crate::first_bytes::{self, Kind};
use crate::framing::{Framing, Inbox};
use crate::poller::{Interest, Poller};
use crate::socket::Socket;

/// Until then it has to have said so, the handshake of TLS included.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// What a guest has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing that is enough yet.
    Nothing,
    Media(Framing),
    Http,
    Useless,
}

#[derive(Debug)]
pub(super) struct Guest {
    pub(super) socket: Socket,
    pub(super) inbox: Inbox,
    came_at: Instant,
    interest: Interest,
}

impl Guest {
    pub(super) fn new(socket: Socket, now: Instant) -> Self {
        Self {
            socket,
            inbox: Inbox::default(),
            came_at: now,
            interest: Interest::Read,
        }
    }

    /// Reads on until it has told.
    pub(super) fn listen(&mut self, certificate: &Certificate) -> Told {
        loop {
            match self.socket.flush() {
                Err(why) if why.kind() != io::ErrorKind::WouldBlock => return Told::Useless,
                _ => {}
            }
            let Self { socket, inbox, .. } = self;
            match inbox.fill(|buffer| socket.read(buffer)) {
                Ok(0) => return Told::Useless,
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return Told::Nothing,
                Err(_) => return Told::Useless,
                Ok(_) => {}
            }
            let told = self.understand(certificate);
            if told != Told::Nothing {
                return told;
            }
        }
    }

    fn understand(&mut self, certificate: &Certificate) -> Told {
        match first_bytes::kind(self.inbox.waiting()) {
            None => Told::Nothing,
            Some(Kind::Media(framing)) => Told::Media(framing),
            Some(Kind::Other) if self.socket.is_tls() => Told::Http,
            // Nobody speaks HTTP without TLS here, nor TLS inside TLS.
            Some(Kind::Other) => Told::Useless,
            Some(Kind::Tls) if self.socket.is_tls() => Told::Useless,
            Some(Kind::Tls) => match certificate.session() {
                Ok(session) => {
                    let inbox = std::mem::take(&mut self.inbox);
                    self.socket.begin_tls(session, inbox.waiting());
                    Told::Nothing
                }
                Err(_) => Told::Useless,
            },
        }
    }

    pub(super) fn watch(&mut self, token: u64, poller: &Poller) -> io::Result<()> {
        let wanted = if self.socket.wants_write() {
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

    pub(super) fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.came_at) >= SILENCE_MAX
    }
}
