//! What a company's firewall lets through, by the headers of IPv4. It knows no connections.

const TCP: u8 = 6;
const ICMP: u8 = 1;
const HTTPS: u16 = 443;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firewall {
    /// Everything passes.
    All,
    /// No UDP.
    Tcp,
    /// Only connections to port 443, and what comes back on them.
    TcpTo443,
}

impl Firewall {
    /// The rule of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "tcp" => Some(Self::Tcp),
            "tcp-443" => Some(Self::TcpTo443),
            _ => None,
        }
    }

    /// Whether this IPv4 packet passes. A fragment that is not the first has no ports and passes with TCP.
    pub fn passes(self, packet: &[u8]) -> bool {
        let Some(header) = Header::read(packet) else {
            return self == Self::All;
        };
        match self {
            Self::All => true,
            Self::Tcp => header.protocol == TCP || header.protocol == ICMP,
            Self::TcpTo443 => {
                header.protocol == TCP && header.ports.is_none_or(|ports| ports.contains(&HTTPS))
            }
        }
    }
}

struct Header {
    protocol: u8,
    ports: Option<[u16; 2]>,
}

impl Header {
    /// RFC 791 §3.1; RFC 9293 §3.1.
    fn read(packet: &[u8]) -> Option<Self> {
        let first = *packet.first()?;
        if first >> 4 != 4 {
            return None;
        }
        let words = packet.get(usize::from(first & 0x0f) * 4..)?;
        let is_fragment = packet.get(6)? & 0x1f != 0 || *packet.get(7)? != 0;
        let ports = words.get(..4).filter(|_| !is_fragment);
        Some(Self {
            protocol: *packet.get(9)?,
            ports: ports.map(|p| [u16::from_be_bytes([p[0], p[1]]), u16::from_be_bytes([p[2], p[3]])]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(protocol: u8, ports: [u16; 2]) -> Vec<u8> {
        let mut packet = vec![0; 20];
        (packet[0], packet[9]) = (0x45, protocol);
        packet.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        packet
    }

    #[test]
    fn udp_is_blocked_and_tcp_passes() {
        assert!(Firewall::All.passes(&packet(17, [5000, 7882])));
        assert!(!Firewall::Tcp.passes(&packet(17, [5000, 443])));
        assert!(Firewall::Tcp.passes(&packet(TCP, [5000, 8080])));
    }

    #[test]
    fn only_port_443_passes_in_both_directions() {
        assert!(Firewall::TcpTo443.passes(&packet(TCP, [5000, 443])));
        assert!(Firewall::TcpTo443.passes(&packet(TCP, [443, 5000])));
        assert!(!Firewall::TcpTo443.passes(&packet(TCP, [5000, 8080])));
    }

    #[test]
    fn what_is_no_ipv4_passes_only_where_everything_does() {
        for packet in [&[][..], &[0x60; 40], &[0x45]] {
            assert!(Firewall::All.passes(packet) && !Firewall::TcpTo443.passes(packet));
        }
    }
}
