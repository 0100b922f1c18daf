//! One client's allocation: what it may reach, and until when.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::message::Transaction;

/// An allocation lives so long without a refresh; asking for more gets this (RFC 8656 §7.2).
pub(super) const LIFETIME_MAX: Duration = Duration::from_secs(600);
/// However often it is refreshed: longer than any interview.
const AGE_MAX: Duration = Duration::from_secs(12 * 3600);
/// RFC 8656 §9.
const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);
/// RFC 8656 §12.
const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);

/// Who asked, and what it was told.
#[derive(Debug)]
pub(super) struct Allocation {
    /// Who the credentials were made for.
    pub(super) owner: String,
    /// The name that was used; every later request must use it.
    pub(super) name: Vec<u8>,
    /// A virtual address: no socket has it.
    pub(super) relayed: SocketAddr,
    /// Of the request that made it, which may come twice.
    pub(super) transaction: Transaction,
    born_at: Instant,
    expires_at: Instant,
    permissions: Vec<(IpAddr, Instant)>,
    /// Number, which of our addresses, and until when.
    channels: Vec<(u16, u8, Instant)>,
}

/// The channel, or the address, is bound to another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BoundElsewhere;

impl Allocation {
    pub(super) fn new(
        (owner, name): (&str, &[u8]),
        relayed: SocketAddr,
        transaction: Transaction,
        now: Instant,
    ) -> Self {
        Self {
            owner: owner.to_owned(),
            name: name.to_vec(),
            relayed,
            transaction,
            born_at: now,
            expires_at: now + LIFETIME_MAX,
            permissions: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// Makes it live for `wanted` from now on, if that is not too long; how long it does.
    pub(super) fn refresh(&mut self, wanted: Option<Duration>, now: Instant) -> Duration {
        let left = (self.born_at + AGE_MAX).saturating_duration_since(now);
        let granted = wanted.unwrap_or(LIFETIME_MAX).min(LIFETIME_MAX).min(left);
        self.expires_at = now + granted;
        granted
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.expires_at <= now
    }

    /// Lets data pass to and from this address of ours.
    pub(super) fn permit(&mut self, own: IpAddr, now: Instant) {
        self.permissions.retain(|(ip, _)| *ip != own);
        self.permissions.push((own, now + PERMISSION_LIFETIME));
    }

    pub(super) fn permits(&self, own: IpAddr, now: Instant) -> bool {
        self.permissions
            .iter()
            .any(|(ip, until)| *ip == own && *until > now)
    }

    /// Binds a channel to the address of ours with this index, or keeps it bound.
    pub(super) fn bind(&mut self, channel: u16, own: u8, now: Instant) -> Result<(), BoundElsewhere> {
        self.channels.retain(|(_, _, until)| *until > now);
        let is_taken = |(number, to, _): &(u16, u8, Instant)| (*number == channel) != (*to == own);
        if self.channels.iter().any(is_taken) {
            return Err(BoundElsewhere);
        }
        self.channels.retain(|(number, _, _)| *number != channel);
        self.channels.push((channel, own, now + CHANNEL_LIFETIME));
        Ok(())
    }

    /// The address of ours that a channel is bound to.
    pub(super) fn bound_to(&self, channel: u16, now: Instant) -> Option<u8> {
        let is_it = |(number, _, until): &&(u16, u8, Instant)| *number == channel && *until > now;
        self.channels.iter().find(is_it).map(|(_, own, _)| *own)
    }

    /// The channel that is bound to an address of ours.
    pub(super) fn channel_of(&self, own: u8, now: Instant) -> Option<u16> {
        let is_it = |(_, to, until): &&(u16, u8, Instant)| *to == own && *until > now;
        self.channels.iter().find(is_it).map(|(number, _, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allocation(now: Instant) -> Allocation {
        let relayed = SocketAddr::from(([192, 0, 2, 7], 1024));
        Allocation::new(("room/ann", b"name"), relayed, [0; 12], now)
    }

    #[test]
    fn it_lives_by_refreshes_but_not_for_ever() {
        let start = Instant::now();
        let mut allocation = allocation(start);
        let mut now = start;
        while !allocation.is_over(now) {
            assert!(now < start + AGE_MAX);
            now += LIFETIME_MAX / 2;
            allocation.refresh(Some(Duration::from_secs(86_400)), now);
        }
        assert_eq!(now, start + AGE_MAX);
    }

    #[test]
    fn a_channel_and_an_address_are_bound_to_one_another_and_to_nothing_else() {
        let now = Instant::now();
        let mut allocation = allocation(now);
        assert_eq!(allocation.bind(0x4000, 0, now), Ok(()));
        assert_eq!(allocation.bind(0x4000, 0, now), Ok(()));
        assert_eq!(allocation.bind(0x4000, 1, now), Err(BoundElsewhere));
        assert_eq!(allocation.bind(0x4001, 0, now), Err(BoundElsewhere));
        assert_eq!(
            (allocation.bound_to(0x4000, now), allocation.channel_of(0, now)),
            (Some(0), Some(0x4000))
        );
        let later = now + CHANNEL_LIFETIME;
        assert_eq!(allocation.bound_to(0x4000, later), None);
        assert_eq!(allocation.bind(0x4001, 0, later), Ok(()));
    }

    #[test]
    fn a_permission_runs_out() {
        let (now, own) = (Instant::now(), IpAddr::from([192, 0, 2, 7]));
        let mut allocation = allocation(now);
        assert!(!allocation.permits(own, now));
        allocation.permit(own, now);
        assert!(allocation.permits(own, now) && !allocation.permits(own, now + PERMISSION_LIFETIME));
    }
}
