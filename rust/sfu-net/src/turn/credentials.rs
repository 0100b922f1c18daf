//! Short-lived names and passwords, as the REST API for TURN makes them (draft-uberti-behave-turn-rest-00), and nonces.
//!
//! A name is `EXPIRY:OWNER`, its password a code over it that only this process can make, so nothing is stored.

use std::fmt::Write;

use aws_lc_rs::{hmac, rand};
use md5::{Digest, Md5};
use sfu::Path;

/// Told to clients, which hash it with the password. Short: it is part of an answer to anybody.
pub(super) const REALM: &str = "sfu";
/// A name is good for so long to make an allocation; what was allocated lives on by being refreshed.
pub(crate) const CREDENTIAL_TTL_S: u64 = 300;
const NAME_BYTES_MAX: usize = 192;
/// Nonces are of windows of this length, and good for so many of them: a good hour (RFC 8489 §9.2).
const NONCE_WINDOW_S: u64 = 64;
const NONCE_WINDOWS_MAX: u16 = 60;
const NONCE_CODE_BYTES: usize = 4;
const SECRET_BYTES: usize = 32;

/// A name and its password, for one participant.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `EXPIRY:OWNER`.
    pub name: String,
    /// Must not be logged.
    pub password: String,
}

/// What only this process knows.
#[derive(Clone)]
pub(crate) struct Secret {
    passwords: hmac::Key,
    nonces: hmac::Key,
}

impl Secret {
    /// A new one. It is never written down, so a restart makes all names void.
    pub(crate) fn random() -> std::io::Result<Self> {
        let mut bytes = [[0; SECRET_BYTES]; 2];
        for secret in &mut bytes {
            rand::fill(secret).map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
        }
        Ok(Self {
            passwords: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes[0]),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, &bytes[1]),
        })
    }

    /// A name for `owner` that is good from `now_s` (seconds since 1970) on.
    pub(crate) fn credentials(&self, owner: &str, now_s: u64) -> Credentials {
        let name = format!("{}:{owner}", now_s + CREDENTIAL_TTL_S);
        let password = self.password(&name);
        Credentials { name, password }
    }

    /// The key of who has the password of this name.
    pub(super) fn key_of(&self, name: &str) -> [u8; 16] {
        key(name, REALM, &self.password(name))
    }

    pub(super) fn nonce(&self, client: &Path, now_s: u64) -> String {
        self.nonce_of(client, (now_s / NONCE_WINDOW_S) as u16)
    }

    /// Whether we gave this nonce to this client lately.
    pub(super) fn knows_nonce(&self, nonce: &[u8], client: &Path, now_s: u64) -> bool {
        let window = nonce
            .get(..4)
            .and_then(|window| std::str::from_utf8(window).ok())
            .and_then(|window| u16::from_str_radix(window, 16).ok());
        let Some(window) = window else {
            return false;
        };
        let age = ((now_s / NONCE_WINDOW_S) as u16).wrapping_sub(window);
        age <= NONCE_WINDOWS_MAX && nonce == self.nonce_of(client, window).as_bytes()
    }

    fn password(&self, name: &str) -> String {
        hex(hmac::sign(&self.passwords, name.as_bytes()).as_ref())
    }

    fn nonce_of(&self, client: &Path, window: u16) -> String {
        let code = hmac::sign(&self.nonces, format!("{window} {client:?}").as_bytes());
        format!("{window:04x}{}", hex(&code.as_ref()[..NONCE_CODE_BYTES]))
    }
}

/// Whose name this is and until when (seconds since 1970) it is good to allocate.
pub(super) fn parse(name: &[u8]) -> Option<(u64, &str)> {
    let name = std::str::from_utf8(name)
        .ok()
        .filter(|name| name.len() <= NAME_BYTES_MAX)?;
    let (expiry, owner) = name.split_once(':')?;
    Some((expiry.parse().ok()?, owner))
}

/// The key of long-term credentials (RFC 8489 §9.2.2).
pub(super) fn key(name: &str, realm: &str, password: &str) -> [u8; 16] {
    Md5::digest(format!("{name}:{realm}:{password}")).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use sfu::Via;

    use super::*;

    fn client(port: u16) -> Path {
        SocketAddr::from(([192, 0, 2, 1], port)).into()
    }

    #[test]
    fn a_nonce_is_good_for_its_client_and_for_an_hour() {
        let secret = Secret::random().unwrap();
        let now_s = u64::from(u16::MAX) * NONCE_WINDOW_S; // the last window before they count from 0 again
        let nonce = secret.nonce(&client(1), now_s);
        let knows = |client: &Path, now_s| secret.knows_nonce(nonce.as_bytes(), client, now_s);
        assert!(knows(&client(1), now_s) && knows(&client(1), now_s + 3600));
        assert!(!knows(&client(2), now_s));
        assert!(!knows(&client(1), now_s + 2 * 3600));
        let over_tcp = Path {
            via: Via::Tcp(1),
            ..client(1)
        };
        assert!(!knows(&over_tcp, now_s));
        assert!(!secret.knows_nonce(b"", &client(1), now_s));
    }

    #[test]
    fn a_password_is_of_its_name_and_secret_alone() {
        let (ours, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let ann = ours.credentials("room/ann", 1000);
        assert_eq!(parse(ann.name.as_bytes()), Some((1300, "room/ann")));
        assert_ne!(ann.password, ours.credentials("room/ben", 1000).password);
        assert_ne!(ann.password, other.credentials("room/ann", 1000).password);
        assert_eq!(ours.key_of(&ann.name), key(&ann.name, REALM, &ann.password));
    }
}
