//! What a command can be refused for, each with a sentence that the caller can act on.

use std::fmt;

/// The refusal of a command. A refused command has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SfuError {
    /// The offer does not follow the template; the sentence says where.
    SdpRejected(String),
    /// No such room is open.
    RoomNotFound,
    /// No seat of this role is free in the room, or no room on this node.
    RoomFull,
    /// The room panicked and was closed; close or open it again.
    RoomFailed(String),
    /// Nobody of this name is in the room.
    ParticipantNotFound,
    /// A `room` or `participant` id is empty, too long or has other characters than `[A-Za-z0-9_-]`.
    InvalidId(&'static str),
    /// The receiver has no receive line of this `mid`.
    SlotNotFound(String),
    /// Observers send nothing, so there is no track to switch.
    ObserverSendsNothing,
}

impl fmt::Display for SfuError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SdpRejected(why) => write!(f, "the SDP offer was refused: {why}"),
            Self::RoomNotFound => f.write_str("this room is not open"),
            Self::RoomFull => f.write_str("no seat is free"),
            Self::RoomFailed(why) => write!(f, "the room failed and was closed: {why}"),
            Self::ParticipantNotFound => f.write_str("nobody of this name is in the room"),
            Self::InvalidId(what) => {
                write!(f, "a {what} id has 1 to 64 characters of A-Z, a-z, 0-9, _ and -")
            }
            Self::SlotNotFound(mid) => write!(f, "there is no receive line {mid}"),
            Self::ObserverSendsNothing => f.write_str("an observer sends nothing"),
        }
    }
}

impl std::error::Error for SfuError {}
