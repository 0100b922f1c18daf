//! What is on its way out, events or frames: shards put them in, one reader takes all at once.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Mutex, PoisonError};

use crate::event_fd::EventFd;

#[derive(Debug)]
pub(crate) struct Events<T> {
    queue: Mutex<VecDeque<T>>,
    queued_max: usize,
    readable: EventFd,
}

impl<T> Events<T> {
    pub(crate) fn new(queued_max: usize) -> io::Result<Self> {
        Ok(Self {
            queue: Mutex::default(),
            queued_max,
            readable: EventFd::new()?,
        })
    }

    /// Adds a batch; beyond the limit the oldest are dropped, since the newest tell the present state.
    pub(crate) fn put(&self, batch: &mut Vec<T>) {
        if batch.is_empty() {
            return;
        }
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.extend(batch.drain(..));
        let excess = queue.len().saturating_sub(self.queued_max);
        queue.drain(..excess);
        drop(queue);
        self.readable.wake();
    }

    /// Takes everything and makes the descriptor unreadable.
    pub(crate) fn take(&self) -> Vec<T> {
        self.readable.clear();
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .collect()
    }
}

impl<T> AsRawFd for Events<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.readable.as_raw_fd()
    }
}
