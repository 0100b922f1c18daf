//! HTTP on its way between a browser and the program, byte by byte: nothing is read in it and nothing dropped.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::unix::net::UnixStream;

use super::guest::Guest;
use crate::poller::{Interest, Poller};
use crate::socket::Socket;

/// What waits in one direction; beyond that the sender is not read any more.
const WAITING_BYTES_MAX: usize = 64 * 1024;

/// One direction.
#[derive(Debug, Default)]
struct Flow {
    waiting: Vec<u8>,
    written: usize,
    /// The sender will send no more.
    has_ended: bool,
    /// The receiver was told so.
    is_told: bool,
}

/// The pipe is of no use any more.
#[derive(Debug)]
pub(super) struct Broken;

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self
    }
}

#[derive(Debug)]
pub(super) struct Pipe {
    socket: Socket,
    upstream: UnixStream,
    up: Flow,
    down: Flow,
    interests: [Interest; 2],
}

impl Pipe {
    /// From a guest, with what it said so far, to the program.
    pub(super) fn new(guest: Guest, upstream: UnixStream) -> io::Result<Self> {
        let Guest { socket, inbox, .. } = guest;
        let mut up = Flow::default();
        up.waiting
            .extend(introduction(socket.peer, socket.local()?).into_bytes());
        up.waiting.extend_from_slice(inbox.waiting());
        Ok(Self {
            socket,
            upstream,
            up,
            down: Flow::default(),
            interests: [Interest::Read; 2],
        })
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.socket.peer
    }

    /// Moves what can be moved. The end of the program's side is the end of all once it was delivered.
    pub(super) fn pump(&mut self) -> Result<(), Broken> {
        loop {
            let mut moved = self.up.read(&mut self.socket)?;
            moved |= self.up.write(&mut self.upstream)?;
            moved |= self.down.read(&mut self.upstream)?;
            moved |= self.down.write(&mut self.socket)?;
            if !moved {
                break;
            }
        }
        unless_blocked(self.socket.flush())?;
        if self.up.is_done() && !self.up.is_told {
            self.up.is_told = true;
            self.upstream.shutdown(Shutdown::Write)?;
        }
        let is_over = self.down.is_done() && !self.socket.wants_write();
        if is_over { Err(Broken) } else { Ok(()) }
    }

    /// Has the kernel tell what is of interest now, of both ends.
    pub(super) fn watch(&mut self, token: u64, poller: &Poller) -> io::Result<()> {
        let must_write = !self.down.is_empty() || self.socket.wants_write();
        let wanted = [
            interest(self.up.has_room(), must_write),
            interest(self.down.has_room(), !self.up.is_empty()),
        ];
        if wanted[0] != self.interests[0] {
            poller.change(&self.socket, token, wanted[0])?;
        }
        if wanted[1] != self.interests[1] {
            poller.change(&self.upstream, token + 1, wanted[1])?;
        }
        self.interests = wanted;
        Ok(())
    }

    pub(super) fn finish(&mut self) {
        self.socket.finish();
    }
}

impl Flow {
    fn is_empty(&self) -> bool {
        self.written == self.waiting.len()
    }

    fn has_room(&self) -> bool {
        !self.has_ended && self.waiting.len() - self.written < WAITING_BYTES_MAX
    }

    fn is_done(&self) -> bool {
        self.has_ended && self.is_empty()
    }

    /// Whether something came.
    fn read(&mut self, from: &mut impl Read) -> Result<bool, Broken> {
        if !self.has_room() {
            return Ok(false);
        }
        self.waiting.drain(..self.written);
        self.written = 0;
        let before = self.waiting.len();
        self.waiting.resize(WAITING_BYTES_MAX.max(before + 1), 0);
        let read = unless_blocked(from.read(&mut self.waiting[before..]));
        self.waiting
            .truncate(before + read.as_ref().ok().copied().flatten().unwrap_or(0));
        match read? {
            Some(0) => {
                self.has_ended = true;
                Ok(false)
            }
            read => Ok(read.is_some()),
        }
    }

    /// Whether something went.
    fn write(&mut self, to: &mut impl Write) -> Result<bool, Broken> {
        if self.is_empty() {
            return Ok(false);
        }
        let written = unless_blocked(to.write(&self.waiting[self.written..]))?;
        self.written += written.unwrap_or(0);
        Ok(written.is_some())
    }
}

/// The line that tells the program who is there (the PROXY protocol, version 1).
fn introduction(peer: SocketAddr, local: SocketAddr) -> String {
    let family = if peer.is_ipv4() { "TCP4" } else { "TCP6" };
    let local_ip = local.ip().to_canonical();
    let (peer_ip, peer_port, local_port) = (peer.ip(), peer.port(), local.port());
    format!("PROXY {family} {peer_ip} {local_ip} {peer_port} {local_port}\r\n")
}

fn interest(reads: bool, writes: bool) -> Interest {
    match (reads, writes) {
        (true, true) => Interest::Both,
        (true, false) => Interest::Read,
        (false, true) => Interest::Write,
        (false, false) => Interest::None,
    }
}

fn unless_blocked<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(why) if why.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(why) => Err(why),
    }
}
