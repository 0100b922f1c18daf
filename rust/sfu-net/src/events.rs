//! Events on their way out: shards put them in, one reader takes all at once.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Mutex, PoisonError};

use sfu::Event;
use sfu::limits::EVENTS_QUEUED_MAX;

use crate::event_fd::EventFd;

#[derive(Debug)]
pub(crate) struct Events {
    queue: Mutex<VecDeque<Event>>,
    readable: EventFd,
}

impl Events {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            queue: Mutex::default(),
            readable: EventFd::new()?,
        })
    }

    /// Adds a batch; beyond the limit the oldest are dropped, since the newest tell the present state.
    pub(crate) fn put(&self, batch: &mut Vec<Event>) {
        if batch.is_empty() {
            return;
        }
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.extend(batch.drain(..));
        let excess = queue.len().saturating_sub(EVENTS_QUEUED_MAX);
        queue.drain(..excess);
        drop(queue);
        self.readable.wake();
    }

    /// Takes everything and makes the descriptor unreadable.
    pub(crate) fn take(&self) -> Vec<Event> {
        self.readable.clear();
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .collect()
    }
}

impl AsRawFd for Events {
    fn as_raw_fd(&self) -> RawFd {
        self.readable.as_raw_fd()
    }
}
