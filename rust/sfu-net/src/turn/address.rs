//! Addresses in the attributes of messages (RFC 8489 §14.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::message::{COOKIE, Transaction};

pub(super) const FAMILY_V4: u8 = 1;
pub(super) const FAMILY_V6: u8 = 2;

pub(super) fn written_address(address: SocketAddr, transaction: &Transaction) -> Vec<u8> {
    let (family, ip) = match address.ip() {
        IpAddr::V4(ip) => (FAMILY_V4, ip.octets().to_vec()),
        IpAddr::V6(ip) => (FAMILY_V6, ip.octets().to_vec()),
    };
    let mask = mask(transaction);
    let port = address.port().to_be_bytes();
    let mut value = vec![0, family, port[0] ^ mask[0], port[1] ^ mask[1]];
    value.extend(ip.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    value
}

pub(super) fn read_address(value: &[u8], transaction: &Transaction) -> Option<SocketAddr> {
    let mask = mask(transaction);
    let (head, ip) = value.split_first_chunk::<4>()?;
    let port = u16::from_be_bytes([head[2] ^ mask[0], head[3] ^ mask[1]]);
    let ip: Vec<u8> = ip.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    let ip = match (head[1], value.len()) {
        (FAMILY_V4, 8) => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(ip).ok()?)),
        (FAMILY_V6, 20) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// What addresses are disguised with (RFC 8489 §14.2), so that no router translates them.
fn mask(transaction: &Transaction) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE);
    mask[4..].copy_from_slice(transaction);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_address_is_read_as_it_was_written(ip: std::net::IpAddr, port: u16, transaction: [u8; 12]) {
            let address = SocketAddr::new(ip, port);
            let value = written_address(address, &transaction);
            prop_assert_eq!(read_address(&value, &transaction), Some(address));
        }
    }
}
