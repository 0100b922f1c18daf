//! On the way out: who loses packets is sent frames more than once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use str0m::rtp::{RedEncoder, RedundantBlock};

use super::Frame;

/// How many packets later a frame is sent again. Losses come in runs, which a copy in the very next packet
/// would share; later than this a browser has mostly made something up.
const DISTANCES: [usize; 2] = [2, 4];
/// Losses from which on frames are sent again.
const PROTECT_ABOVE: f32 = 0.03;
/// And for how long after: losses that come in runs pause between them.
const PROTECT_FOR: Duration = Duration::from_secs(10);

/// The frames that a slot sent last.
#[derive(Debug, Default)]
pub(crate) struct SentFrames(VecDeque<Frame>);

impl SentFrames {
    /// The payload of this frame together with earlier ones.
    pub(crate) fn protect(&self, frame: &Frame, payload_type: u8) -> Vec<u8> {
        let blocks = DISTANCES.iter().rev().filter_map(|distance| {
            let sequence = frame.sequence.checked_sub(*distance as u64)?;
            let earlier = self.0.iter().find(|sent| sent.sequence == sequence)?;
            Some(RedundantBlock {
                pt: payload_type,
                timestamp_offset: frame.timestamp.wrapping_sub(earlier.timestamp),
                payload: earlier.payload.to_vec(),
            })
        });
        let blocks: Vec<RedundantBlock> = blocks.collect();
        RedEncoder::encode(payload_type, &frame.payload, &blocks)
    }

    /// Keeps a frame for the packets after it.
    pub(crate) fn keep(&mut self, frame: Frame) {
        if self.0.len() == DISTANCES[DISTANCES.len() - 1] {
            self.0.pop_front();
        }
        self.0.push_back(frame);
    }

    /// Another voice comes.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Whether one receiver is sent frames again.
#[derive(Debug, Default)]
pub(crate) struct Protection {
    lost_at: Option<Instant>,
}

impl Protection {
    /// Decides by the share of packets that the receiver lost lately.
    pub(crate) fn is_due(&mut self, loss: Option<f32>, now: Instant) -> bool {
        if loss.is_some_and(|loss| loss > PROTECT_ABOVE) {
            self.lost_at = Some(now);
        }
        self.lost_at
            .is_some_and(|at| now.saturating_duration_since(at) < PROTECT_FOR)
    }

    /// When losses were last measured.
    pub(crate) fn lost_at(&self) -> Option<Instant> {
        self.lost_at
    }
}

/// What sound takes whose frames are sent again.
pub(crate) const fn protected_bps(audio_bps: u64) -> u64 {
    audio_bps * (1 + DISTANCES.len() as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]
    use str0m::rtp::RedDecoder;

    use super::*;

    const OPUS: u8 = 111;
    const USUAL_TICKS: u32 = 960;

    #[test]
    fn each_frame_is_sent_again_two_and_four_packets_later() {
        let mut sent = SentFrames::default();
        let frame = |sequence: u64| Frame {
            sequence,
            timestamp: sequence as u32 * USUAL_TICKS,
            payload: [sequence as u8].into(),
        };
        let mut payloads = Vec::new();
        for sequence in 10..16 {
            payloads.push(sent.protect(&frame(sequence), OPUS));
            sent.keep(frame(sequence));
        }
        let carried = |at: usize| {
            let blocks = RedDecoder::decode(&payloads[at]).unwrap();
            blocks.iter().map(|block| block.payload[0]).collect::<Vec<u8>>()
        };
        assert_eq!(
            [carried(0), carried(3), carried(5)],
            [vec![10], vec![11, 13], vec![11, 13, 15]]
        );
        sent.clear();
        assert_eq!(
            sent.protect(&frame(16), OPUS),
            [OPUS, 16],
            "of another voice nothing is known"
        );
    }

    #[test]
    fn who_loses_packets_is_protected_until_losses_are_gone() {
        let start = Instant::now();
        let mut protection = Protection::default();
        let mut after =
            |seconds: u64, loss: f32| protection.is_due(Some(loss), start + Duration::from_secs(seconds));
        assert!(!after(0, 0.02));
        assert!(after(1, 0.04) && after(10, 0.0));
        assert!(!after(11, 0.0), "losses are gone");
    }
}
