//! The loop of one shard: sleep, drain the socket, fan out, send, report.

use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use sfu::{Event, Node};

use crate::connections::{Connections, Handover};
use crate::event_fd::EventFd;
use crate::events::Events;
use crate::stats::TransportStats;
use crate::switch::{Switch, moment};
use crate::turn::Moment;
use crate::udp::Udp;
use crate::voices::{Order, Voices};

/// What is done with the node and the time.
type Call = Box<dyn FnOnce(&mut Node, Instant) + Send>;

/// Work for the shard's thread.
pub(crate) enum Command {
    Call(Call),
    /// Tells what happened beside the node.
    Count(SyncSender<TransportStats>),
    /// A connection that came in elsewhere.
    Adopt(Box<Handover>),
    /// For the voice of this number.
    Voice(u64, Order),
}

/// Batches taken from the socket before timers and sending get their turn, so that a flood cannot starve them.
const BATCHES_PER_WAKE: usize = 8;
/// How long datagrams are let gather once one is there. A wake costs as much as forwarding several packets, and what
/// comes together leaves together; nobody hears or sees so short a delay.
const GATHER: Duration = Duration::from_micros(700);
/// If as many came at once last time, they gather while we work.
const GATHERED: usize = 16;
/// Longest sleep; there is always something to check within a second.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// What a shard's thread owns.
pub(crate) struct Shard {
    pub(crate) switch: Switch,
    pub(crate) udp: Udp,
    pub(crate) connections: Connections,
    pub(crate) commands: Receiver<Command>,
    pub(crate) wake: Arc<EventFd>,
    pub(crate) events: Arc<Events<Event>>,
    pub(crate) voices: Voices,
}

/// What a sleep ended for.
struct Woken {
    has_datagrams: bool,
    is_called: bool,
    has_connections: bool,
}

impl Shard {
    /// Runs until the last command sender is gone.
    pub(crate) fn run(mut self) {
        let mut datagrams = Vec::new();
        let mut batch = Vec::new();
        let mut came_last = 0;
        loop {
            let woken = self.sleep();
            if woken.has_datagrams && came_last < GATHERED {
                std::thread::sleep(GATHER);
            }
            let now = moment();
            let is_over = woken.is_called && !self.obey(now);
            came_last = self.drain_socket(now);
            if woken.has_connections {
                let Self {
                    switch, connections, ..
                } = &mut self;
                connections.serve(now.at, &mut |arrival| switch.take_arrival(&arrival, now));
            }
            self.voices.run(&mut self.switch.node, now.at);
            self.switch.node.flush(now.at);
            self.switch.node.advance(now.at);
            self.switch
                .distribute(&mut datagrams, &mut self.connections, &mut self.voices, now.at);
            self.voices.hand_over();
            self.udp.send(&mut datagrams);
            self.switch.tend(&mut self.connections, now.at);
            batch.extend(std::iter::from_fn(|| self.switch.node.poll_event()));
            self.events.put(&mut batch);
            if is_over {
                return;
            }
        }
    }

    /// Sleeps until there is something to do.
    fn sleep(&self) -> Woken {
        let until = self.switch.node.next_timeout();
        let until = until.into_iter().chain(self.voices.next_timeout()).min();
        let timeout = until
            .map_or(SLEEP_MAX, |at| at.saturating_duration_since(Instant::now()))
            .min(SLEEP_MAX);
        let readable = |fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        let mut fds = [
            readable(self.udp.as_raw_fd()),
            readable(self.wake.as_raw_fd()),
            readable(self.connections.as_raw_fd()),
        ];
        let timeout = libc::timespec {
            tv_sec: timeout.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(timeout.subsec_nanos() as i32),
        };
        // SAFETY: three descriptors in a live array, a live timeout, no signal mask.
        let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), 3, &raw const timeout, std::ptr::null()) };
        debug_assert!(ready >= 0 || io::Error::last_os_error().kind() == io::ErrorKind::Interrupted);
        Woken {
            has_datagrams: fds[0].revents != 0,
            is_called: fds[1].revents != 0,
            has_connections: fds[2].revents != 0,
        }
    }

    /// Carries out waiting commands; false when nobody can send any more.
    fn obey(&mut self, now: Moment) -> bool {
        self.wake.clear();
        loop {
            match self.commands.try_recv() {
                Ok(Command::Call(work)) => work(&mut self.switch.node, now.at),
                Ok(Command::Count(answer)) => {
                    // The caller may have given up waiting.
                    let _ = answer.send(self.connections.stats() + self.switch.turn.stats());
                }
                Ok(Command::Adopt(handover)) => {
                    let Self {
                        switch, connections, ..
                    } = self;
                    connections.adopt(*handover, now.at, &mut |arrival| {
                        switch.take_arrival(&arrival, now);
                    });
                }
                Ok(Command::Voice(number, order)) => {
                    self.voices.obey(number, order, &mut self.switch.node, now.at);
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Takes what waits; answers how many datagrams that was.
    fn drain_socket(&mut self, now: Moment) -> usize {
        let switch = &mut self.switch;
        let mut came = 0;
        for _ in 0..BATCHES_PER_WAKE {
            let is_full = self.udp.receive(|from, bytes| {
                came += 1;
                switch.take_datagram(from, bytes, now);
            });
            if !is_full {
                break;
            }
        }
        came
    }
}
