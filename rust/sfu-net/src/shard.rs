//! The loop of one shard: sleep, drain the socket, fan out, send, report.

use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use sfu::Node;

use crate::event_fd::EventFd;
use crate::events::Events;
use crate::udp::Udp;

/// Work for the shard's thread: it has the node and the time.
pub(crate) type Command = Box<dyn FnOnce(&mut Node, Instant) + Send>;

/// Batches taken from the socket before timers and sending get their turn, so that a flood cannot starve them.
const BATCHES_PER_WAKE: usize = 8;
/// Longest sleep; there is always something to check within a second.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// What a shard's thread owns.
pub(crate) struct Shard {
    pub(crate) node: Node,
    pub(crate) udp: Udp,
    pub(crate) commands: Receiver<Command>,
    pub(crate) wake: Arc<EventFd>,
    pub(crate) events: Arc<Events>,
}

impl Shard {
    /// Runs until the last command sender is gone.
    pub(crate) fn run(mut self) {
        let mut datagrams = Vec::new();
        let mut batch = Vec::new();
        loop {
            let is_called = self.sleep();
            let now = Instant::now();
            let is_over = is_called && !self.obey(now);
            self.drain_socket(now);
            self.node.flush(now);
            self.node.advance(now);
            self.node.take_datagrams(&mut datagrams);
            self.udp.send(&mut datagrams);
            batch.extend(std::iter::from_fn(|| self.node.poll_event()));
            self.events.put(&mut batch);
            if is_over {
                return;
            }
        }
    }

    /// Sleeps until there is something to do; true if that is a command.
    fn sleep(&self) -> bool {
        let until = self.node.next_timeout();
        let timeout = until
            .map_or(SLEEP_MAX, |at| at.saturating_duration_since(Instant::now()))
            .min(SLEEP_MAX);
        let readable = |fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        let mut fds = [readable(self.udp.as_raw_fd()), readable(self.wake.as_raw_fd())];
        let timeout = libc::timespec {
            tv_sec: timeout.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(timeout.subsec_nanos() as i32),
        };
        // SAFETY: two descriptors in a live array, a live timeout, no signal mask.
        let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), 2, &raw const timeout, std::ptr::null()) };
        debug_assert!(ready >= 0 || io::Error::last_os_error().kind() == io::ErrorKind::Interrupted);
        fds[1].revents != 0
    }

    /// Carries out waiting commands; false when nobody can send any more.
    fn obey(&mut self, now: Instant) -> bool {
        self.wake.clear();
        loop {
            match self.commands.try_recv() {
                Ok(command) => command(&mut self.node, now),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn drain_socket(&mut self, now: Instant) {
        let node = &mut self.node;
        for _ in 0..BATCHES_PER_WAKE {
            if !self.udp.receive(|from, bytes| node.receive(from, bytes, now)) {
                return;
            }
        }
    }
}
