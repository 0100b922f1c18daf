//! Names that signalling gives to rooms and people: opaque, short, safe in logs and file names.

use std::fmt;
use std::sync::Arc;

use crate::error::SfuError;
use crate::limits::ID_BYTES_MAX;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses an id: 1 to 64 characters of `[A-Za-z0-9_-]`.
            pub fn parse(text: &str) -> Result<Self, SfuError> {
                if is_id(text) { Ok(Self(text.into())) } else { Err(SfuError::InvalidId($what)) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A room of one interview.
    RoomId,
    "room"
);
id!(
    /// A participant or observer; means nothing outside its room.
    ParticipantId,
    "participant"
);

fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_plain() {
        assert!(RoomId::parse("room-1_A").is_ok());
        for bad in ["", "a b", "é", "a/b", &"x".repeat(65)] {
            assert!(ParticipantId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
