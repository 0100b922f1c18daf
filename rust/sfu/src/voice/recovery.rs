//! On the way in: what was lost and is found again in later packets.

use std::sync::Arc;

use str0m::rtp::{RedBlock, RedDecoder};

use super::Frame;

/// How many packets before the newest one may still be found again.
const RECOVERY_DEPTH: u64 = 8;
/// Ticks of a packet until two in a row told: 20 ms at 48 kHz, what browsers send.
const USUAL_TICKS: u32 = 960;

/// Which of one stream's newest packets came.
#[derive(Debug)]
pub(crate) struct Arrivals {
    newest: Option<(u64, u32)>,
    /// Bit `n`: the packet `n` before the newest is there.
    present: u64,
    ticks: u32,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            newest: None,
            present: 0,
            ticks: USUAL_TICKS,
        }
    }
}

impl Arrivals {
    /// Takes note of a packet.
    pub(crate) fn came(&mut self, sequence: u64, timestamp: u32) {
        match self.newest {
            Some((newest, _)) if sequence <= newest => self.present |= bit(newest - sequence),
            Some((newest, was)) => {
                let ticks = timestamp.wrapping_sub(was);
                if sequence == newest + 1 && ticks > 0 && ticks <= 6 * USUAL_TICKS {
                    self.ticks = ticks;
                }
                self.present = self
                    .present
                    .checked_shl((sequence - newest).min(64) as u32)
                    .unwrap_or(0)
                    | 1;
                self.newest = Some((sequence, timestamp));
            }
            // What was before the first is not missed.
            None => {
                self.present = u64::MAX;
                self.newest = Some((sequence, timestamp));
            }
        }
    }

    /// Takes a packet of several frames of the codec with this payload type: its own, and of the earlier
    /// ones those that had not come, oldest first. `None`: it is malformed, or its own is of another codec.
    pub(crate) fn unpack(
        &mut self,
        (sequence, timestamp): (u64, u32),
        payload: &[u8],
        payload_type: u8,
    ) -> Option<(Arc<[u8]>, Vec<Frame>)> {
        let blocks = RedDecoder::decode(payload).ok()?;
        let (primary, earlier) = blocks.split_last()?;
        if primary.pt != payload_type {
            return None;
        }
        self.came(sequence, timestamp);
        let earlier = earlier
            .iter()
            .filter(|block| block.pt == payload_type && !block.payload.is_empty());
        let missing = earlier.filter_map(|block| self.missing(sequence, timestamp, block));
        let missing = missing.collect();
        Some((primary.payload.into(), missing))
    }

    fn missing(&mut self, sequence: u64, timestamp: u32, block: &RedBlock<'_>) -> Option<Frame> {
        let packets_before = u64::from(block.timestamp_offset / self.ticks);
        let is_one = block.timestamp_offset.is_multiple_of(self.ticks)
            && (1..=RECOVERY_DEPTH).contains(&packets_before);
        let sequence = sequence.checked_sub(packets_before).filter(|_| is_one)?;
        let (newest, _) = self.newest?;
        let bit = bit(newest.checked_sub(sequence)?);
        if bit == 0 || self.present & bit != 0 {
            return None;
        }
        self.present |= bit;
        Some(Frame {
            sequence,
            timestamp: timestamp.wrapping_sub(block.timestamp_offset),
            payload: block.payload.into(),
        })
    }
}

const fn bit(before: u64) -> u64 {
    if before < 64 { 1 << before } else { 0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]
    use str0m::rtp::{RedEncoder, RedundantBlock};

    use super::*;

    const OPUS: u8 = 111;

    fn block(timestamp_offset: u32, frame: &[u8]) -> RedundantBlock {
        RedundantBlock {
            pt: OPUS,
            timestamp_offset,
            payload: frame.to_vec(),
        }
    }

    fn earlier(packets_before: u32) -> RedundantBlock {
        block(packets_before * USUAL_TICKS, b"frame")
    }

    fn unpack(arrivals: &mut Arrivals, sequence: u64, blocks: &[RedundantBlock]) -> Vec<Frame> {
        let payload = RedEncoder::encode(OPUS, b"now", blocks);
        let timestamp = sequence as u32 * USUAL_TICKS;
        let (primary, found) = arrivals.unpack((sequence, timestamp), &payload, OPUS).unwrap();
        assert_eq!(*primary, *b"now");
        found
    }

    fn found(arrivals: &mut Arrivals, sequence: u64, packets_before: &[u32]) -> Vec<u64> {
        let blocks: Vec<RedundantBlock> = packets_before.iter().map(|before| earlier(*before)).collect();
        let frames = unpack(arrivals, sequence, &blocks);
        let is_in_time = |frame: &Frame| frame.timestamp == frame.sequence as u32 * USUAL_TICKS;
        assert!(frames.iter().all(is_in_time));
        frames.iter().map(|frame| frame.sequence).collect()
    }

    #[test]
    fn only_what_was_lost_is_found_again_and_only_once() {
        let mut arrivals = Arrivals::default();
        assert_eq!(
            found(&mut arrivals, 100, &[2, 1]),
            [0; 0],
            "nothing is missed before the first"
        );
        assert_eq!(found(&mut arrivals, 101, &[1]), [0; 0]);
        assert_eq!(found(&mut arrivals, 104, &[4, 2]), [102]);
        assert_eq!(found(&mut arrivals, 105, &[3, 2, 2]), [103]);
        assert_eq!(
            found(&mut arrivals, 103, &[1]),
            [0; 0],
            "a late packet finds nothing new"
        );
        assert_eq!(found(&mut arrivals, 300, &[1]), [299], "after a long gap");
    }

    #[test]
    fn what_lies_between_packets_or_too_far_back_is_nobodys() {
        let mut arrivals = Arrivals::default();
        arrivals.came(1, USUAL_TICKS);
        let nobodys = [
            earlier(RECOVERY_DEPTH as u32 + 1),
            block(USUAL_TICKS + 1, b"frame"),
            block(0, b"frame"),
            block(USUAL_TICKS, b""),
            RedundantBlock { pt: 13, ..earlier(1) },
        ];
        assert_eq!(unpack(&mut arrivals, 40, &nobodys), []);
    }

    #[test]
    fn malformed_and_foreign_payloads_are_refused() {
        let whole = RedEncoder::encode(OPUS, b"now", &[earlier(1)]);
        let mut arrivals = Arrivals::default();
        for cut in 0..whole.len() - b"now".len() {
            assert_eq!(arrivals.unpack((9, 9), &whole[..cut], OPUS), None, "{cut} bytes");
        }
        assert_eq!(arrivals.unpack((9, 9), &whole, OPUS - 1), None, "another codec");
    }

    #[test]
    fn longer_packets_are_told_by_two_in_a_row() {
        let mut arrivals = Arrivals::default();
        let ticks = 3 * USUAL_TICKS;
        arrivals.came(1, ticks);
        arrivals.came(2, 2 * ticks);
        let payload = RedEncoder::encode(OPUS, b"now", &[block(ticks, b"frame")]);
        let (_, found) = arrivals.unpack((4, 4 * ticks), &payload, OPUS).unwrap();
        assert_eq!(found[0].sequence, 3);
    }
}
