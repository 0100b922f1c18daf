//! An offer accepted ahead of the room that it is for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::Session;
use crate::error::SfuError;
use crate::path::Addresses;
use crate::template::Role;

/// An accepted offer that nobody sits under yet. Making one takes milliseconds of parsing and
/// cryptography, so it is made apart from the thread that forwards packets.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) session: Session,
    pub(crate) role: Role,
    pub(crate) ufrag: String,
    pub(crate) answer: String,
}

impl Prepared {
    /// Checks an offer against the template of `role` and accepts it. `addresses` are those under which
    /// browsers reach us, at least one of UDP.
    pub fn new(offer: &str, role: Role, addresses: &Addresses, now: Instant) -> Result<Self, SfuError> {
        let accept = || {
            let (mut session, answer) = Session::accept(offer, role, addresses, now)?;
            let ufrag = session.ufrag();
            Ok(Self {
                session,
                role,
                ufrag,
                answer,
            })
        };
        // No room is involved yet, so a parser that breaks costs nobody but the offerer.
        catch_unwind(AssertUnwindSafe(accept))
            .unwrap_or_else(|_| Err(SfuError::SdpRejected("it broke the parser".into())))
    }
}
