//! Messages of STUN and TURN as bytes (RFC 8489 §5, RFC 8656 §18). It decides nothing.

use std::net::SocketAddr;

use aws_lc_rs::hmac;

use super::address::{read_address, written_address};
use super::numbers::attribute;

const HEADER_BYTES: usize = 20;
pub(super) const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const ATTRIBUTE_HEADER_BYTES: usize = 4;
const CLASS_SUCCESS: u16 = 0x0100;
const CLASS_ERROR: u16 = 0x0110;
/// What makes sure that a message is of who says so, and whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integrity {
    Sha1,
    Sha256,
}

impl Integrity {
    fn of_attribute(kind: u16) -> Option<Self> {
        match kind {
            attribute::INTEGRITY => Some(Self::Sha1),
            attribute::INTEGRITY_SHA256 => Some(Self::Sha256),
            _ => None,
        }
    }

    fn attribute(self) -> u16 {
        match self {
            Self::Sha1 => attribute::INTEGRITY,
            Self::Sha256 => attribute::INTEGRITY_SHA256,
        }
    }

    fn key(self, key: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, key)
    }
}

pub(super) type Transaction = [u8; 12];

/// A message that is whole. Its attributes are those before the integrity check: what stands behind it is
/// nobody's word (RFC 8489 §14.5).
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    bytes: &'a [u8],
    /// Where the integrity check is, and of which kind.
    integrity: Option<(usize, Integrity)>,
}

impl<'a> Message<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header = bytes.first_chunk::<HEADER_BYTES>()?;
        let body = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let is_whole = header[4..8] == COOKIE && bytes.len() == HEADER_BYTES + body;
        if !is_whole || header[0] > 3 || !body.is_multiple_of(4) {
            return None;
        }
        let (mut at, mut integrity) = (HEADER_BYTES, None);
        while at < bytes.len() {
            let (kind, value) = attribute_at(bytes, at)?;
            integrity = integrity.or(Integrity::of_attribute(kind).map(|algorithm| (at, algorithm)));
            at += ATTRIBUTE_HEADER_BYTES + value.len().next_multiple_of(4);
        }
        (at == bytes.len()).then_some(Self { bytes, integrity })
    }

    pub(super) fn kind(&self) -> u16 {
        u16::from_be_bytes([self.bytes[0], self.bytes[1]])
    }

    pub(super) fn transaction(&self) -> Transaction {
        let mut transaction = [0; 12];
        transaction.copy_from_slice(&self.bytes[8..HEADER_BYTES]);
        transaction
    }

    pub(super) fn integrity(&self) -> Option<Integrity> {
        self.integrity.map(|(_, algorithm)| algorithm)
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let end = self.integrity.map_or(self.bytes.len(), |(at, _)| at);
        let (bytes, mut at) = (&self.bytes[..end], HEADER_BYTES);
        std::iter::from_fn(move || {
            let (kind, value) = attribute_at(bytes, at)?;
            at += ATTRIBUTE_HEADER_BYTES + value.len().next_multiple_of(4);
            Some((kind, value))
        })
    }

    pub(super) fn attribute(&self, wanted: u16) -> Option<&'a [u8]> {
        self.attributes()
            .find_map(|(kind, value)| (kind == wanted).then_some(value))
    }

    pub(super) fn number(&self, wanted: u16) -> Option<u32> {
        let value = self.attribute(wanted)?;
        Some(u32::from_be_bytes(value.try_into().ok()?))
    }

    /// The addresses of the peers that it names; one that cannot be read is `None`.
    pub(super) fn peers(&self) -> impl Iterator<Item = Option<SocketAddr>> + use<'a> {
        let transaction = self.transaction();
        self.attributes()
            .filter(|(kind, _)| *kind == attribute::XOR_PEER_ADDRESS)
            .map(move |(_, value)| read_address(value, &transaction))
    }

    /// Whether the sender has this key (RFC 8489 §14.5: of all before, with a length that ends behind it).
    pub(super) fn is_of(&self, key: &[u8]) -> bool {
        let Some((at, algorithm)) = self.integrity else {
            return false;
        };
        let Some((_, code)) = attribute_at(self.bytes, at) else {
            return false;
        };
        let length = (at + ATTRIBUTE_HEADER_BYTES + code.len() - HEADER_BYTES) as u16;
        let mut checked = self.bytes[..at].to_vec();
        checked[2..4].copy_from_slice(&length.to_be_bytes());
        hmac::verify(&algorithm.key(key), &checked, code).is_ok()
    }
}

fn attribute_at(bytes: &[u8], at: usize) -> Option<(u16, &[u8])> {
    let head = bytes.get(at..at + ATTRIBUTE_HEADER_BYTES)?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let start = at + ATTRIBUTE_HEADER_BYTES;
    bytes.get(start..start + length.next_multiple_of(4))?;
    Some((
        u16::from_be_bytes([head[0], head[1]]),
        &bytes[start..start + length],
    ))
}

/// A message in the making.
#[derive(Debug)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn success(request: &Message<'_>) -> Self {
        Self::new(request.kind() | CLASS_SUCCESS, request.transaction())
    }

    pub(super) fn refusal(request: &Message<'_>, code: u16) -> Self {
        let value = [0, 0, (code / 100) as u8, (code % 100) as u8];
        Self::new(request.kind() | CLASS_ERROR, request.transaction()).with(attribute::ERROR_CODE, &value)
    }

    pub(super) fn new(kind: u16, transaction: Transaction) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(COOKIE);
        bytes.extend(transaction);
        Self { bytes }
    }

    pub(super) fn with(mut self, kind: u16, value: &[u8]) -> Self {
        self.bytes.extend(kind.to_be_bytes());
        self.bytes.extend((value.len() as u16).to_be_bytes());
        self.bytes.extend(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }

    pub(super) fn with_address(self, kind: u16, address: SocketAddr) -> Self {
        let mut transaction = [0; 12];
        transaction.copy_from_slice(&self.bytes[8..HEADER_BYTES]);
        self.with(kind, &written_address(address, &transaction))
    }

    /// Signed.
    pub(super) fn signed(mut self, algorithm: Integrity, key: &[u8]) -> Vec<u8> {
        let code_bytes = match algorithm {
            Integrity::Sha1 => 20,
            Integrity::Sha256 => 32,
        };
        self.set_length(ATTRIBUTE_HEADER_BYTES + code_bytes);
        let code = hmac::sign(&algorithm.key(key), &self.bytes);
        self.with(algorithm.attribute(), code.as_ref()).bytes
    }

    pub(super) fn unsigned(mut self) -> Vec<u8> {
        self.set_length(0);
        self.bytes
    }

    fn set_length(&mut self, more: usize) {
        let length = (self.bytes.len() - HEADER_BYTES + more) as u16;
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::numbers::kind;
    use super::*;
    use proptest::prelude::*;

    fn request() -> Writer {
        Writer::new(kind::ALLOCATE, [7; 12]).with(attribute::USERNAME, b"somebody")
    }

    #[test]
    fn a_signature_covers_all_before_it_and_nothing_behind_is_read() {
        for algorithm in [Integrity::Sha1, Integrity::Sha256] {
            let mut bytes = request().signed(algorithm, b"key");
            let length = (bytes.len() - HEADER_BYTES + 8) as u16;
            bytes.extend([0, 0x0D, 0, 4, 0, 0, 0, 9]);
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            let message = Message::parse(&bytes).unwrap();
            assert!(message.is_of(b"key") && !message.is_of(b"another"));
            assert_eq!(message.number(attribute::LIFETIME), None);
            assert_eq!(message.attribute(attribute::USERNAME), Some(&b"somebody"[..]));
            bytes[25] ^= 1;
            assert!(!Message::parse(&bytes).unwrap().is_of(b"key"));
        }
    }

    /// RFC 5769 §2.4: a request with long-term credentials, made by others.
    #[test]
    fn the_published_example_is_verified() {
        let bytes = [
            &[0x00, 0x01, 0x00, 0x60, 0x21, 0x12, 0xa4, 0x42][..],
            &[
                0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e,
            ],
            &[
                0x00, 0x06, 0x00, 0x12, 0xe3, 0x83, 0x9e, 0xe3, 0x83, 0x88, 0xe3, 0x83,
            ],
            &[
                0xaa, 0xe3, 0x83, 0x83, 0xe3, 0x82, 0xaf, 0xe3, 0x82, 0xb9, 0x00, 0x00,
            ],
            &[0x00, 0x15, 0x00, 0x1c],
            b"f//499k954d6OL34oL9FSTvy64sA",
            &[0x00, 0x14, 0x00, 0x0b],
            b"example.org\0",
            &[
                0x00, 0x08, 0x00, 0x14, 0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e,
            ],
            &[
                0x02, 0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2, 0x8c, 0xa8, 0x96, 0x66,
            ],
        ]
        .concat();
        let key = super::super::credentials::key(
            "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}",
            "example.org",
            "TheMatrIX",
        );
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.attribute(attribute::REALM), Some(&b"example.org"[..]));
        assert!(message.is_of(&key));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(message) = Message::parse(&bytes) {
                let _ = (message.kind(), message.peers().count(), message.is_of(b"key"));
            }
        }

        #[test]
        fn any_change_of_a_message_is_survived_and_seen(at in 0usize..64, change in 1u8..) {
            let mut bytes = request().signed(Integrity::Sha1, b"key");
            let at = at % bytes.len();
            bytes[at] ^= change;
            let is_accepted = Message::parse(&bytes).is_some_and(|message| message.is_of(b"key"));
            prop_assert!(!is_accepted);
        }
    }
}
