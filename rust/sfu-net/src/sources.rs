//! How many connections each source has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// Who has an IPv6 address has all of its network (RFC 6177).
const V6_NETWORK: u128 = u128::MAX << 64;

#[derive(Debug)]
pub(crate) struct Sources {
    each_max: usize,
    counts: HashMap<IpAddr, usize>,
}

impl Sources {
    pub(crate) fn new(each_max: usize) -> Self {
        Self {
            each_max,
            counts: HashMap::new(),
        }
    }

    /// Counts one more; false if this source has as many as it may.
    pub(crate) fn admit(&mut self, address: IpAddr) -> bool {
        let count = self.counts.entry(source(address)).or_insert(0);
        if *count >= self.each_max {
            return false;
        }
        *count += 1;
        true
    }

    /// One that was admitted is gone.
    pub(crate) fn release(&mut self, address: IpAddr) {
        let source = source(address);
        if let Some(count) = self.counts.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&source);
            }
        }
    }
}

/// Whom an address stands for.
pub(crate) fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & V6_NETWORK)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_so_many_and_a_network_of_ipv6_is_one_source() {
        let mut sources = Sources::new(2);
        let ip = |text: &str| text.parse().unwrap();
        assert!(sources.admit(ip("2001:db8::1")));
        assert!(sources.admit(ip("2001:db8::ffff:2")));
        assert!(!sources.admit(ip("2001:db8::3")));
        assert!(sources.admit(ip("2001:db8:0:1::3")));
        assert!(sources.admit(ip("192.0.2.1")) && sources.admit(ip("::ffff:192.0.2.1")));
        assert!(!sources.admit(ip("192.0.2.1")));
        sources.release(ip("192.0.2.1"));
        assert!(sources.admit(ip("192.0.2.1")));
    }
}
