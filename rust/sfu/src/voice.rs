//! Sound that outlives losses: frames found again in later packets, and frames sent more than once.
//!
//! Voices cannot wait for a packet to be sent again, so earlier frames ride in later packets (RED, RFC 2198).
//! On the way in, what was lost is found again and forwarded as if it had come. On the way
//! out, whoever loses packets gets each frame in several; browsers make use of them by themselves.
//! It knows frames and numbers, not sessions.

mod protection;
mod recovery;

use std::sync::Arc;

pub(crate) use protection::{Protection, SentFrames, protected_bps};
pub(crate) use recovery::Arrivals;

/// One frame of sound with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) payload: Arc<[u8]>,
}
