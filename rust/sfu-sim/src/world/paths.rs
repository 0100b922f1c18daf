//! The networks between a client and the SFU.

use crate::link::{Conditions, Schedule};

/// The paths of a client to the SFU and back.
#[derive(Clone, Debug)]
pub struct Paths {
    /// Client to SFU.
    pub up: Schedule,
    /// SFU to client.
    pub down: Schedule,
}

impl Paths {
    /// Different ways there and back.
    pub fn of(up: impl Into<Schedule>, down: impl Into<Schedule>) -> Self {
        Self {
            up: up.into(),
            down: down.into(),
        }
    }
}

impl From<Conditions> for Paths {
    fn from(both: Conditions) -> Self {
        Self::of(both, both)
    }
}

impl From<Schedule> for Paths {
    fn from(both: Schedule) -> Self {
        Self {
            up: both.clone(),
            down: both,
        }
    }
}
