//! The parsers of bytes that nobody has authenticated, each by itself, for fuzzers.

use std::net::SocketAddr;
use std::time::Instant;

use sfu::limits::DATAGRAM_BYTES_MAX;

use crate::first_bytes::{Kind, kind};
use crate::framing::{Framing, Inbox};
use crate::turn::{Moment, Outcome, Secret, Turn, is_turn};

/// Reads a stream that comes in pieces: the first byte tells how long those are.
pub fn frames(bytes: &[u8]) {
    let Some((piece, stream)) = bytes.split_first() else {
        return;
    };
    let Some(Kind::Media(framing)) = kind(stream) else {
        return read_all(Framing::Ice, usize::from(*piece), stream);
    };
    read_all(framing, usize::from(*piece), stream);
}

fn read_all(framing: Framing, piece: usize, stream: &[u8]) {
    let mut inbox = Inbox::default();
    for piece in stream.chunks(piece + 1) {
        let read = inbox.fill(|buffer| {
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        });
        assert_eq!(read.ok(), Some(piece.len()));
        loop {
            match inbox.next(framing) {
                Ok(Some(datagram)) => assert!(datagram.len() <= 2 * DATAGRAM_BYTES_MAX),
                Ok(None) => break,
                Err(_) => return,
            }
        }
        assert!(inbox.waiting().len() <= 2 * DATAGRAM_BYTES_MAX + piece.len());
    }
}

/// Has a relay take a message of a stranger, who must not get anything to the core.
///
/// # Panics
/// If the relay leads anywhere, or the system gives no random numbers.
pub fn turn(message: &[u8]) {
    let now = Moment {
        at: Instant::now(),
        unix_s: 1_800_000_000,
    };
    let own = vec![SocketAddr::from(([192, 0, 2, 7], 7882))];
    let secret = Secret::random().expect("the system has random numbers");
    let mut turn = Turn::new(own, secret, now.at);
    let client = SocketAddr::from(([198, 51, 100, 1], 5000)).into();
    let _ = is_turn(message);
    let outcome = turn.receive(client, message, now);
    assert!(!matches!(outcome, Outcome::Data(..)), "a stranger is relayed");
    assert!(!turn.serves(&client), "a stranger has an allocation");
}
