//! Which addresses browsers are told.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// An address that browsers could not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// Not an IP address, nor an IP address with a port.
    Unparsable(String),
    /// Bound to every interface, so what to advertise must be said.
    NothingToAdvertise,
    /// `0.0.0.0` or `::` leads nowhere.
    Unspecified(IpAddr),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unparsable(text) => write!(f, "{text:?} is no IP address, nor one with a port"),
            Self::NothingToAdvertise => {
                f.write_str("a host that means every interface needs an address to advertise")
            }
            Self::Unspecified(ip) => write!(f, "{ip} cannot be advertised: it leads nowhere"),
        }
    }
}

impl std::error::Error for AddressError {}

/// The addresses to tell browsers of a socket bound to `bound`; `wanted` are IPs, or IPs with a port
/// where address translation changes it. None wanted means the bound one.
pub fn advertised(bound: SocketAddr, wanted: &[String]) -> Result<Vec<SocketAddr>, AddressError> {
    if wanted.is_empty() {
        let is_everywhere = bound.ip().is_unspecified();
        return if is_everywhere {
            Err(AddressError::NothingToAdvertise)
        } else {
            Ok(vec![bound])
        };
    }
    wanted.iter().map(|text| parse(text, bound.port())).collect()
}

fn parse(text: &str, port: u16) -> Result<SocketAddr, AddressError> {
    let address = match text.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, port),
        Err(_) => text
            .parse()
            .map_err(|_| AddressError::Unparsable(text.to_owned()))?,
    };
    if address.ip().is_unspecified() {
        return Err(AddressError::Unspecified(address.ip()));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_bound_address_is_told_unless_it_means_everywhere() {
        assert_eq!(
            advertised(bound("127.0.0.1:7882"), &[]),
            Ok(vec![bound("127.0.0.1:7882")])
        );
        assert_eq!(
            advertised(bound("0.0.0.0:7882"), &[]),
            Err(AddressError::NothingToAdvertise)
        );
    }

    #[test]
    fn an_address_may_name_the_translated_port() {
        let wanted = ["192.0.2.7".to_owned(), "198.51.100.1:443".to_owned()];
        let told = advertised(bound("0.0.0.0:7882"), &wanted).unwrap();
        assert_eq!(told, [bound("192.0.2.7:7882"), bound("198.51.100.1:443")]);
        assert!(advertised(bound("0.0.0.0:7882"), &["host.example".to_owned()]).is_err());
    }
}
