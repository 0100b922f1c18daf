//! One TCP port for everything that a strict firewall lets through: HTTPS, TURN over TLS and TCP, and ICE over TCP.
//!
//! What a connection is, its first bytes tell: TLS is taken off, media goes to the shard's thread together with its
//! connection, and HTTP goes through a pipe to the program's own server. A thread of its own, so that no download
//! delays a voice.

mod certificate;
mod guest;
mod keeper;
mod pipe;
mod upstream;

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use self::certificate::Certificate;
use self::keeper::Keeper;
use crate::event_fd::EventFd;
use crate::shard::Command;

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
        let refused = Arc::new(AtomicU64::new(0));
        let keeper = Keeper::new(self, (shard, wake_shard), &wake, Arc::clone(&refused))?;
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
