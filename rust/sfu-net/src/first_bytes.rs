//! What a connection is, by the first bytes that come on it.

use crate::framing::Framing;

const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// Where the cookie of a STUN message is (RFC 8489 §5), and where that of a framed one.
const COOKIE_AT: usize = 4;
const FRAMED_COOKIE_AT: usize = 6;
const TLS_HANDSHAKE: u8 = 22;
const TLS_MAJOR: u8 = 3;

/// What a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Frames of ICE, or TURN.
    Media(Framing),
    /// The start of TLS, with whatever in it.
    Tls,
    /// None of these. Inside TLS that is HTTP.
    Other,
}

/// What these bytes begin, once enough of them have come. Both kinds of media begin with a STUN message.
pub(crate) fn kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [] => None,
        [TLS_HANDSHAKE, TLS_MAJOR, ..] => Some(Kind::Tls),
        [TLS_HANDSHAKE] => None,
        // A STUN message, or the length of a frame of less than 2 KiB.
        [0..=7, ..] => media(bytes),
        _ => Some(Kind::Other),
    }
}

fn media(bytes: &[u8]) -> Option<Kind> {
    let has_cookie_at = |at| {
        bytes
            .get(at..at + STUN_COOKIE.len())
            .map(|found| found == STUN_COOKIE)
    };
    match (has_cookie_at(COOKIE_AT), has_cookie_at(FRAMED_COOKIE_AT)) {
        (Some(true), _) => Some(Kind::Media(Framing::Turn)),
        (Some(false), Some(true)) => Some(Kind::Media(Framing::Ice)),
        (Some(false), Some(false)) => Some(Kind::Other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALLOCATE: [u8; 10] = [0, 3, 0, 8, 0x21, 0x12, 0xA4, 0x42, 9, 9];
    const FRAMED_CHECK: [u8; 10] = [0, 100, 0, 1, 0, 80, 0x21, 0x12, 0xA4, 0x42];

    #[test]
    fn each_kind_is_told_by_how_it_begins() {
        assert_eq!(kind(&ALLOCATE), Some(Kind::Media(Framing::Turn)));
        assert_eq!(kind(&FRAMED_CHECK), Some(Kind::Media(Framing::Ice)));
        assert_eq!(kind(&[22, 3, 1, 2, 0, 1]), Some(Kind::Tls));
        for other in [
            &b"GET / HTTP/1.1"[..],
            b"PRI * HTTP/2.0",
            &[0; 10],
            &[22, 9],
            b"SSH-2.0-x",
        ] {
            assert_eq!(kind(other), Some(Kind::Other), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn a_decision_never_changes_when_more_bytes_come(
            start in prop_oneof![
                Just(ALLOCATE.to_vec()),
                Just(FRAMED_CHECK.to_vec()),
                proptest::collection::vec(any::<u8>(), 0..12),
            ],
            more in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            let whole: Vec<u8> = start.into_iter().chain(more).collect();
            let mut decided = None;
            for end in 0..=whole.len() {
                let kind = kind(&whole[..end]);
                prop_assert!(decided.is_none() || kind == decided);
                decided = kind;
            }
            prop_assert!(whole.len() < 10 || decided.is_some());
        }
    }
}
