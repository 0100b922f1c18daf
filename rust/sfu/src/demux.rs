//! Whose datagram is this: kinds by first byte (RFC 7983), and the user name of a STUN check.
//!
//! Reads bytes that nobody has authenticated, so it only looks and never allocates.

/// The kind of a datagram by its first byte (RFC 7983 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Stun,
    /// DTLS, RTP or RTCP.
    Session,
    Other,
}

const STUN_HEADER_BYTES: usize = 20;
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const STUN_BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const STUN_USERNAME: u16 = 0x0006;
const STUN_USE_CANDIDATE: u16 = 0x0025;

pub(crate) fn kind(datagram: &[u8]) -> Kind {
    match datagram.first() {
        Some(0..=3) => Kind::Stun,
        Some(20..=63 | 128..=191) => Kind::Session,
        _ => Kind::Other,
    }
}

/// Whether this is RTP, and not the RTCP with which it shares a path (RFC 5761 §4).
pub(crate) fn is_media(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, kind, ..] if !(192..=223).contains(kind))
}

/// Our half of the USERNAME of a STUN message: `ours:theirs` (RFC 8445 §7.2.2).
pub(crate) fn stun_local_ufrag(datagram: &[u8]) -> Option<&str> {
    let header = datagram.get(..STUN_HEADER_BYTES)?;
    let body_bytes = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[4..8] != STUN_COOKIE || datagram.len() != STUN_HEADER_BYTES + body_bytes {
        return None;
    }
    let username =
        std::str::from_utf8(stun_attribute(&datagram[STUN_HEADER_BYTES..], STUN_USERNAME)?).ok()?;
    Some(username.split_once(':')?.0)
}

/// Whether a check tells us to use the path on which it came (RFC 8445 §7.3.1.5).
pub(crate) fn nominates(datagram: &[u8]) -> bool {
    let body = datagram
        .get(STUN_HEADER_BYTES..)
        .filter(|_| kind(datagram) == Kind::Stun);
    body.is_some_and(|body| stun_attribute(body, STUN_USE_CANDIDATE).is_some())
}

/// By what a check is told from every other: enough of its transaction id (RFC 8489 §5), which nobody can guess.
pub(crate) fn check_id(datagram: &[u8]) -> Option<u64> {
    let header = datagram.get(..STUN_HEADER_BYTES)?;
    let id = header[12..].first_chunk().map(|id| u64::from_be_bytes(*id));
    id.filter(|_| kind(datagram) == Kind::Stun)
}

/// Whether this is our answer to a check that had the right password.
pub(crate) fn is_binding_success(datagram: &[u8]) -> bool {
    datagram.starts_with(&STUN_BINDING_SUCCESS)
}

fn stun_attribute(mut body: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (head, rest) = body.split_at_checked(4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if u16::from_be_bytes([head[0], head[1]]) == wanted {
            return rest.get(..length);
        }
        body = rest.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn binding_request(username: &[u8]) -> Vec<u8> {
        let padded = username.len().next_multiple_of(4);
        let mut body = vec![0, 6, 0, username.len() as u8];
        body.extend_from_slice(username);
        body.resize(4 + padded, 0);
        let mut message = vec![0, 1, 0, body.len() as u8];
        message.extend_from_slice(&STUN_COOKIE);
        message.extend_from_slice(&[7; 12]);
        message.extend(body);
        message
    }

    #[test]
    fn the_local_half_of_the_user_name_is_found() {
        assert_eq!(stun_local_ufrag(&binding_request(b"ours:theirs")), Some("ours"));
        assert_eq!(stun_local_ufrag(&binding_request(b"nobody")), None);
    }

    #[test]
    fn a_length_that_lies_is_no_stun() {
        let mut message = binding_request(b"ours:theirs");
        message.pop();
        assert_eq!(stun_local_ufrag(&message), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (kind(&bytes), stun_local_ufrag(&bytes), nominates(&bytes), is_binding_success(&bytes));
            let _ = check_id(&bytes);
        }

        #[test]
        fn any_mutation_of_a_check_is_survived(at in 0usize..36, byte in any::<u8>(), cut in 0usize..36) {
            let mut message = binding_request(b"ours:theirs");
            let last = message.len() - 1;
            message[at.min(last)] = byte;
            let _ = stun_local_ufrag(&message[..cut.min(message.len())]);
            let _ = stun_local_ufrag(&message);
        }
    }
}
