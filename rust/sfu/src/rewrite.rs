//! Makes one continuous RTP stream out of the publishers that follow each other in a slot.
//!
//! The SSRC of a slot never changes, so its sequence numbers, timestamps and VP8 picture ids must go
//! on without a jump when the slot changes hands, when a track is switched on again or when a
//! publisher rejoins. Between two starts all numbers are shifted by a constant, so losses stay
//! visible to the receiver and retransmissions keep their place. It knows numbers, not packets.

use std::time::Instant;

use str0m::rtp::Vp8Descriptor;

/// Where sequence numbers of a slot start: below 65,536 (SRTP rollover counter 0, RFC 3711 §3.3.1),
/// and above 0 so that a packet reordered before the first is not a wrap.
const FIRST_SEQUENCE: u64 = 1000;
const PICTURE_ID_MASK: u16 = 0x7fff;
const KEY_INDEX_MASK: u8 = 0x1f;

/// The numbers of a publisher's packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) captured: Instant,
    pub(crate) vp8: Option<Vp8Numbers>,
}

/// The numbers in a VP8 payload descriptor (RFC 7741 §4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vp8Numbers {
    pub(crate) picture_id: u16,
    pub(crate) layer0_index: u8,
    pub(crate) key_index: u8,
}

impl Vp8Numbers {
    pub(crate) fn of(descriptor: &Vp8Descriptor) -> Self {
        Self {
            picture_id: descriptor.picture_id().unwrap_or_default(),
            layer0_index: descriptor.tl0_pic_idx().unwrap_or_default(),
            key_index: descriptor.key_idx().unwrap_or_default(),
        }
    }

    fn plus(self, shift: Self) -> Self {
        Self {
            picture_id: self.picture_id.wrapping_add(shift.picture_id) & PICTURE_ID_MASK,
            layer0_index: self.layer0_index.wrapping_add(shift.layer0_index),
            key_index: self.key_index.wrapping_add(shift.key_index) & KEY_INDEX_MASK,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            picture_id: self.picture_id.wrapping_sub(other.picture_id) & PICTURE_ID_MASK,
            layer0_index: self.layer0_index.wrapping_sub(other.layer0_index),
            key_index: self.key_index.wrapping_sub(other.key_index) & KEY_INDEX_MASK,
        }
    }

    const ONE: Self = Self {
        picture_id: 1,
        layer0_index: 1,
        key_index: 1,
    };
}

/// The numbers to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) vp8: Option<Vp8Numbers>,
}

#[derive(Clone, Copy, Debug)]
struct Shift {
    first_sequence: u64,
    sequence: i64,
    timestamp: u32,
    vp8: Vp8Numbers,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    sequence: u64,
    timestamp: u32,
    captured: Instant,
    vp8: Vp8Numbers,
}

/// The numbering of one slot.
#[derive(Debug)]
pub(crate) struct Rewriter {
    clock_hz: u32,
    shift: Option<Shift>,
    last: Option<Last>,
}

impl Rewriter {
    pub(crate) fn new(clock_hz: u32) -> Self {
        Self {
            clock_hz,
            shift: None,
            last: None,
        }
    }

    /// The next packet starts anew: another publisher, or the same after a pause.
    pub(crate) fn interrupt(&mut self) {
        self.shift = None;
    }

    /// Whether a start (for video a key frame) is awaited.
    pub(crate) fn is_waiting(&self) -> bool {
        self.shift.is_none()
    }

    /// Starts with this packet, continuing after whatever the slot sent before.
    pub(crate) fn start(&mut self, first: &Numbers) {
        let (sequence, timestamp, vp8) = match &self.last {
            None => (FIRST_SEQUENCE, first.timestamp, first.vp8.unwrap_or_default()),
            Some(last) => (
                last.sequence + 1,
                self.timestamp_after(last, first),
                last.vp8.plus(Vp8Numbers::ONE),
            ),
        };
        self.shift = Some(Shift {
            first_sequence: first.sequence,
            sequence: sequence as i64 - first.sequence as i64,
            timestamp: timestamp.wrapping_sub(first.timestamp),
            vp8: vp8.minus(first.vp8.unwrap_or_default()),
        });
    }

    /// The numbers to send for a packet; `None` if it is older than the start.
    pub(crate) fn rewrite(&mut self, packet: &Numbers) -> Option<Rewritten> {
        let shift = self
            .shift
            .filter(|shift| packet.sequence >= shift.first_sequence)?;
        let rewritten = Rewritten {
            sequence: packet.sequence.checked_add_signed(shift.sequence)?,
            timestamp: packet.timestamp.wrapping_add(shift.timestamp),
            vp8: packet.vp8.map(|vp8| vp8.plus(shift.vp8)),
        };
        self.remember(&rewritten, packet.captured);
        Some(rewritten)
    }

    fn remember(&mut self, sent: &Rewritten, captured: Instant) {
        if self.last.is_some_and(|last| last.sequence >= sent.sequence) {
            return;
        }
        let vp8 = sent.vp8.or(self.last.map(|last| last.vp8)).unwrap_or_default();
        self.last = Some(Last {
            sequence: sent.sequence,
            timestamp: sent.timestamp,
            captured,
            vp8,
        });
    }

    /// The old timestamp plus the time that passed, and at least one tick.
    fn timestamp_after(&self, last: &Last, first: &Numbers) -> u32 {
        let passed = first.captured.saturating_duration_since(last.captured);
        let ticks = passed.as_micros() * u128::from(self.clock_hz) / 1_000_000;
        last.timestamp.wrapping_add((ticks as u32).max(1))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn video(sequence: u64, timestamp: u32, captured: Instant, picture_id: u16) -> Numbers {
        let vp8 = Some(Vp8Numbers {
            picture_id,
            ..Vp8Numbers::default()
        });
        Numbers {
            sequence,
            timestamp,
            captured,
            vp8,
        }
    }

    #[test]
    fn a_slot_that_changes_hands_goes_on_counting() {
        let start = Instant::now();
        let mut rewriter = Rewriter::new(90_000);
        let first = video(70_000, 5_000, start, 32_767);
        rewriter.start(&first);
        let sent = rewriter.rewrite(&first).unwrap();
        assert_eq!((sent.sequence, sent.timestamp), (FIRST_SEQUENCE, 5_000));

        rewriter.interrupt();
        let next = video(9, 777, start + Duration::from_millis(100), 4);
        rewriter.start(&next);
        let sent = rewriter.rewrite(&next).unwrap();
        assert_eq!(
            (sent.sequence, sent.timestamp),
            (FIRST_SEQUENCE + 1, 5_000 + 9_000)
        );
        assert_eq!(sent.vp8.unwrap().picture_id, 0, "wraps at 15 bits");
        assert_eq!(
            rewriter.rewrite(&video(8, 0, start, 3)),
            None,
            "older than the start"
        );
    }

    proptest! {
        #[test]
        fn numbers_never_go_back_nor_jump_at_a_start(
            starts in proptest::collection::vec((1u64..1 << 40, any::<u32>(), any::<u16>(), 1u64..50), 1..20),
        ) {
            let mut now = Instant::now();
            let mut rewriter = Rewriter::new(90_000);
            let mut previous: Option<Rewritten> = None;
            for (sequence, timestamp, picture_id, packets) in starts {
                rewriter.interrupt();
                now += Duration::from_millis(20);
                rewriter.start(&video(sequence, timestamp, now, picture_id & 0x7fff));
                for step in 0..packets {
                    let numbers = video(
                        sequence + step,
                        timestamp.wrapping_add(step as u32 * 3_000),
                        now + Duration::from_millis(33 * step),
                        (picture_id & 0x7fff).wrapping_add(step as u16) & 0x7fff,
                    );
                    let sent = rewriter.rewrite(&numbers).unwrap();
                    if let Some(before) = previous {
                        prop_assert_eq!(sent.sequence, before.sequence + 1);
                        prop_assert!(sent.timestamp.wrapping_sub(before.timestamp) as i32 > 0);
                        let (is, was) = (sent.vp8.unwrap().picture_id, before.vp8.unwrap().picture_id);
                        prop_assert_eq!(is, (was + 1) & 0x7fff);
                    }
                    previous = Some(sent);
                }
                now += Duration::from_millis(33 * packets);
            }
        }
    }
}
