//! A TCP connection, with or without TLS around it, that never blocks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, RawFd};

use rustls::ServerConnection;

/// The kernel's buffer in front of ours. What is in there cannot be dropped any more, so it is short: 64 KiB, which
/// the kernel doubles for its own bookkeeping.
const SEND_BUFFER_BYTES: libc::c_int = 64 * 1024;

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    tls: Option<Box<ServerConnection>>,
    /// What came before TLS was known to be spoken, and is part of it.
    early: Vec<u8>,
    pub(crate) peer: SocketAddr,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, peer: SocketAddr) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            tls: None,
            early: Vec::new(),
            peer: SocketAddr::new(peer.ip().to_canonical(), peer.port()),
        })
    }

    /// From now on TLS is spoken; `early` is what of it was read already.
    pub(crate) fn begin_tls(&mut self, session: ServerConnection, early: &[u8]) {
        self.tls = Some(Box::new(session));
        self.early = early.to_vec();
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// For media: what waits in the kernel is kept short.
    pub(crate) fn shorten_send_buffer(&self) {
        let bytes = SEND_BUFFER_BYTES;
        // SAFETY: the value lives for the call and has the size that is named. A refusal leaves the default.
        unsafe {
            libc::setsockopt(
                self.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_SNDBUF,
                std::ptr::from_ref(&bytes).cast(),
                size_of::<libc::c_int>() as libc::socklen_t,
            );
        }
    }

    /// The address of ours that the peer reached.
    pub(crate) fn local(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Whether the kernel must say when it takes bytes again, apart from what the caller has to write.
    pub(crate) fn wants_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Sends what TLS has to say.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        while tls.wants_write() {
            tls.write_tls(&mut self.stream)?;
        }
        Ok(())
    }

    /// No more bytes will be written.
    pub(crate) fn finish(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
        }
        // What cannot be sent at once is of no importance: the peer sees the end either way.
        let _ = self.flush();
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.stream.read(buffer);
        };
        loop {
            match tls.reader().read(buffer) {
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {}
                // An end without a goodbye is an end.
                Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                done => return done,
            }
            let read = if self.early.is_empty() {
                tls.read_tls(&mut self.stream)?
            } else {
                let read = tls.read_tls(&mut &self.early[..])?;
                self.early.drain(..read);
                read
            };
            let is_over = read == 0;
            let processed = tls.process_new_packets();
            // Also an alert that tells the peer what is wrong with what it sent.
            while tls.wants_write() {
                match tls.write_tls(&mut self.stream) {
                    Err(why) if why.kind() == io::ErrorKind::WouldBlock => break,
                    done => done?,
                };
            }
            processed.map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
            if is_over {
                return tls.reader().read(buffer).or(Ok(0));
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.tls.is_none() {
            return self.stream.write(bytes);
        }
        // TLS takes new bytes only when the last ones are on their way, so that the backlog stays the caller's.
        self.flush()?;
        let Some(tls) = &mut self.tls else {
            return Ok(0);
        };
        let taken = tls.writer().write(bytes)?;
        match self.flush() {
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => Ok(taken),
            done => done.map(|()| taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::flush(self)
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }
}
