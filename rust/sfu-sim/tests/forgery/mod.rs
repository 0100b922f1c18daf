//! What strangers send.
#![allow(missing_docs)]

pub const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const USE_CANDIDATE: [u8; 4] = [0, 0x25, 0, 0];

/// A connectivity check for this user name, with a made-up MESSAGE-INTEGRITY (RFC 8445 §7.2.2, RFC 8489 §5).
pub fn forged_check(username: &str) -> Vec<u8> {
    let mut attributes = vec![0, 6];
    attributes.extend((username.len() as u16).to_be_bytes());
    attributes.extend(username.as_bytes());
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    attributes.extend(USE_CANDIDATE);
    attributes.extend([0, 8, 0, 20]);
    attributes.extend([0xAB; 20]);
    let mut message = vec![0, 1];
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend(STUN_COOKIE);
    message.extend([9; 12]);
    message.extend(attributes);
    message
}
