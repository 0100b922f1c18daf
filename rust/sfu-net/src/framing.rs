//! Datagrams on a byte stream: frames of ICE over TCP, and messages of TURN over TCP and TLS.
//!
//! Reads bytes that nobody has authenticated. It knows no socket.

use std::io;
use std::ops::Range;

use sfu::limits::DATAGRAM_BYTES_MAX;

/// Longest TURN message: a full datagram in a Send indication, with every attribute it can have.
const TURN_BYTES_MAX: usize = DATAGRAM_BYTES_MAX + 100;
const FRAME_HEADER_BYTES: usize = 2;
const STUN_HEADER_BYTES: usize = 20;
const CHANNEL_HEADER_BYTES: usize = 4;
/// What is read from a socket at once.
const READ_BYTES: usize = 16 * 1024;

/// How datagrams follow each other on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Each with its length in two bytes before it (RFC 4571 §2).
    Ice,
    /// STUN messages and channel data as they are, padded to four bytes (RFC 8656 §3.1, §12.5).
    Turn,
}

/// These bytes are no frames; the stream is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Framing {
    /// A datagram as it goes onto the stream.
    pub(crate) fn framed(self, mut datagram: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Ice => {
                let length = (datagram.len() as u16).to_be_bytes();
                datagram.splice(0..0, length);
            }
            Self::Turn => datagram.resize(datagram.len().next_multiple_of(4), 0),
        }
        datagram
    }

    /// How many bytes the first frame of `bytes` takes and where in it the datagram is, once that can be
    /// told. A length of 0 makes an empty datagram, which keeps a connection alive.
    fn measure(self, bytes: &[u8]) -> Result<Option<(usize, Range<usize>)>, Malformed> {
        let (length, datagram) = match (self, bytes) {
            (Self::Ice, [high, low, ..]) => {
                let length = FRAME_HEADER_BYTES + usize::from(u16::from_be_bytes([*high, *low]));
                (length, FRAME_HEADER_BYTES..length)
            }
            (Self::Turn, [first, _, high, low, ..]) => {
                turn_length(*first, u16::from_be_bytes([*high, *low]))?
            }
            _ => return Ok(None),
        };
        let bytes_max = match self {
            Self::Ice => DATAGRAM_BYTES_MAX,
            Self::Turn => TURN_BYTES_MAX,
        };
        if datagram.len() > bytes_max {
            return Err(Malformed);
        }
        Ok(Some((length, datagram)))
    }
}

fn turn_length(first: u8, body: u16) -> Result<(usize, Range<usize>), Malformed> {
    let body = usize::from(body);
    match first {
        0..=3 if body.is_multiple_of(4) => Ok((STUN_HEADER_BYTES + body, 0..STUN_HEADER_BYTES + body)),
        0x40..=0x4f => {
            let length = CHANNEL_HEADER_BYTES + body;
            Ok((length.next_multiple_of(4), 0..length))
        }
        _ => Err(Malformed),
    }
}

/// The bytes of a stream that are not worked off yet. It holds less than a frame and one reading, if every
/// whole frame is taken after each.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    taken: usize,
}

impl Inbox {
    /// Bytes that came.
    pub(crate) fn waiting(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    /// Reads once; 0 is the end of the stream.
    pub(crate) fn fill(&mut self, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        let before = self.bytes.len();
        self.bytes.resize(before + READ_BYTES, 0);
        let read = read(&mut self.bytes[before..]);
        self.bytes.truncate(before + read.as_ref().copied().unwrap_or(0));
        read
    }

    /// The next whole datagram.
    pub(crate) fn next(&mut self, framing: Framing) -> Result<Option<&[u8]>, Malformed> {
        let waiting = &self.bytes[self.taken..];
        let Some((length, datagram)) = framing.measure(waiting)? else {
            return Ok(None);
        };
        if waiting.len() < length {
            return Ok(None);
        }
        let start = self.taken;
        self.taken += length;
        Ok(Some(&self.bytes[start + datagram.start..start + datagram.end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fill(inbox: &mut Inbox, bytes: &[u8]) {
        let copy = |buffer: &mut [u8]| {
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        };
        inbox.fill(copy).unwrap();
    }

    fn channel_data(length: usize) -> Vec<u8> {
        let mut message = vec![0x40, 0];
        message.extend((length as u16).to_be_bytes());
        message.resize(4 + length, 7);
        message
    }

    fn datagram(framing: Framing, length: usize) -> Vec<u8> {
        match framing {
            Framing::Ice => vec![1; length],
            Framing::Turn => channel_data(length),
        }
    }

    #[test]
    fn a_frame_that_is_too_long_ends_the_stream() {
        let mut inbox = Inbox::default();
        fill(&mut inbox, &[0xff, 0xff, 1, 1]);
        assert_eq!(inbox.next(Framing::Ice), Err(Malformed));
        let mut inbox = Inbox::default();
        fill(&mut inbox, &[0x40, 0, 0xff, 0xff]);
        assert_eq!(inbox.next(Framing::Turn), Err(Malformed));
        let mut inbox = Inbox::default();
        fill(&mut inbox, b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(inbox.next(Framing::Turn), Err(Malformed));
    }

    #[test]
    fn an_empty_frame_is_an_empty_datagram() {
        let mut inbox = Inbox::default();
        fill(&mut inbox, &[0, 0]);
        assert_eq!(inbox.next(Framing::Ice), Ok(Some(&[][..])));
        assert_eq!(inbox.next(Framing::Ice), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_out_whole_however_it_is_cut(
            is_ice: bool,
            lengths in proptest::collection::vec(1usize..1500, 1..8),
            pieces in proptest::collection::vec(1usize..700, 1..60),
        ) {
            let framing = if is_ice { Framing::Ice } else { Framing::Turn };
            let sent: Vec<_> = lengths.iter().map(|length| datagram(framing, *length)).collect();
            let stream: Vec<u8> = sent.iter().flat_map(|one| framing.framed(one.clone())).collect();
            let (mut inbox, mut got, mut rest) = (Inbox::default(), Vec::new(), &stream[..]);
            let mut pieces = pieces.iter().cycle();
            while !rest.is_empty() {
                let (piece, later) = rest.split_at((*pieces.next().unwrap()).min(rest.len()));
                fill(&mut inbox, piece);
                rest = later;
                while let Some(datagram) = inbox.next(framing).unwrap() {
                    got.push(datagram.to_vec());
                }
            }
            prop_assert_eq!(got, sent);
            prop_assert!(inbox.waiting().is_empty());
        }

        #[test]
        fn any_bytes_make_frames_or_an_end(
            is_ice: bool,
            bytes in proptest::collection::vec(any::<u8>(), 0..4000),
        ) {
            let framing = if is_ice { Framing::Ice } else { Framing::Turn };
            let mut inbox = Inbox::default();
            fill(&mut inbox, &bytes);
            let mut total = 0;
            while let Ok(Some(datagram)) = inbox.next(framing) {
                total += datagram.len();
            }
            prop_assert!(total <= bytes.len());
        }
    }
}
