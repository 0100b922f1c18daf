//! The numbers that STUN and TURN gave to what they know.

/// Types of messages that a client sends or gets, class included.
pub(super) mod kind {
    pub(in crate::turn) const ALLOCATE: u16 = 0x0003;
    pub(in crate::turn) const REFRESH: u16 = 0x0004;
    pub(in crate::turn) const CREATE_PERMISSION: u16 = 0x0008;
    pub(in crate::turn) const CHANNEL_BIND: u16 = 0x0009;
    pub(in crate::turn) const SEND: u16 = 0x0016;
    pub(in crate::turn) const DATA: u16 = 0x0017;
}

/// Types of attributes.
pub(super) mod attribute {
    pub(in crate::turn) const USERNAME: u16 = 0x0006;
    pub(in crate::turn) const INTEGRITY: u16 = 0x0008;
    pub(in crate::turn) const ERROR_CODE: u16 = 0x0009;
    pub(in crate::turn) const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
    pub(in crate::turn) const CHANNEL_NUMBER: u16 = 0x000C;
    pub(in crate::turn) const LIFETIME: u16 = 0x000D;
    pub(in crate::turn) const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub(in crate::turn) const DATA: u16 = 0x0013;
    pub(in crate::turn) const REALM: u16 = 0x0014;
    pub(in crate::turn) const NONCE: u16 = 0x0015;
    pub(in crate::turn) const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub(in crate::turn) const REQUESTED_FAMILY: u16 = 0x0017;
    pub(in crate::turn) const EVEN_PORT: u16 = 0x0018;
    pub(in crate::turn) const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub(in crate::turn) const DONT_FRAGMENT: u16 = 0x001A;
    pub(in crate::turn) const INTEGRITY_SHA256: u16 = 0x001C;
    pub(in crate::turn) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub(in crate::turn) const RESERVATION_TOKEN: u16 = 0x0022;
}

/// Numbers of refusals (RFC 8489 §14.8, RFC 8656 §19).
pub(super) mod code {
    pub(in crate::turn) const BAD_REQUEST: u16 = 400;
    pub(in crate::turn) const UNAUTHORIZED: u16 = 401;
    pub(in crate::turn) const FORBIDDEN: u16 = 403;
    pub(in crate::turn) const UNKNOWN_ATTRIBUTE: u16 = 420;
    pub(in crate::turn) const MISMATCH: u16 = 437;
    pub(in crate::turn) const STALE_NONCE: u16 = 438;
    pub(in crate::turn) const FAMILY_UNSUPPORTED: u16 = 440;
    pub(in crate::turn) const WRONG_CREDENTIALS: u16 = 441;
    pub(in crate::turn) const TRANSPORT_UNSUPPORTED: u16 = 442;
    pub(in crate::turn) const QUOTA_REACHED: u16 = 486;
    pub(in crate::turn) const NO_CAPACITY: u16 = 508;
}
