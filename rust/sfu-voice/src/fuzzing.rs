//! The parser of what a browser sends, for fuzzers.

use std::time::{Duration, Instant};

use crate::frame::{Frame, HEADER_BYTES, PAYLOAD_BYTES_MAX};
use crate::freshness::Freshness;

/// Reads frames that follow each other, each behind a byte with its length.
///
/// # Panics
/// If something is taken for a frame that is none.
pub fn voice(mut bytes: &[u8], now: Instant) {
    let mut freshness = Freshness::default();
    while let Some((length, rest)) = bytes.split_first() {
        let (frame, later) = rest.split_at(usize::from(*length).min(rest.len()));
        bytes = later;
        if let Ok(read) = Frame::read(frame) {
            assert_eq!(read.to_bytes(), frame, "it is written as it was read");
            assert!((1..=PAYLOAD_BYTES_MAX).contains(&(frame.len() - HEADER_BYTES)));
            let at = now + Duration::from_millis(u64::from(read.tag));
            freshness.is_fresh(read.timestamp, at);
        }
    }
}
