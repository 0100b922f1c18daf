//! The C structures of messages and addresses.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Room for one control message with a `u16` or a `timespec`, aligned as the kernel wants it.
pub(super) type Control = [u64; 4];

/// One message of one part.
pub(super) fn header(
    part: &mut libc::iovec,
    name: &mut libc::sockaddr_storage,
    name_bytes: usize,
) -> libc::mmsghdr {
    // SAFETY: an all-zero mmsghdr is a valid value of that plain C struct.
    let mut header: libc::mmsghdr = unsafe { zeroed() };
    header.msg_hdr.msg_iov = part;
    header.msg_hdr.msg_iovlen = 1;
    header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
    header.msg_hdr.msg_namelen = name_bytes as libc::socklen_t;
    header
}

pub(super) fn from_c(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let pointer = std::ptr::from_ref(storage);
    match i32::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the kernel wrote a sockaddr_in, which the storage is large and aligned enough for.
            let v4 = unsafe { &*pointer.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::new(IpAddr::V4(ip), u16::from_be(v4.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: the kernel wrote a sockaddr_in6, which the storage is large and aligned enough for.
            let v6 = unsafe { &*pointer.cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(SocketAddr::V6(SocketAddrV6::new(
                ip,
                u16::from_be(v6.sin6_port),
                0,
                v6.sin6_scope_id,
            )))
        }
        _ => None,
    }
}

pub(super) fn to_c(address: SocketAddr) -> (libc::sockaddr_storage, usize) {
    match address {
        SocketAddr::V4(v4) => v4_to_c(v4),
        SocketAddr::V6(v6) => v6_to_c(v6),
    }
}

fn v4_to_c(address: SocketAddrV4) -> (libc::sockaddr_storage, usize) {
    // SAFETY: all-zero is a valid sockaddr_storage, which is large and aligned enough for a sockaddr_in.
    let mut storage: libc::sockaddr_storage = unsafe { zeroed() };
    let v4 = unsafe { &mut *std::ptr::from_mut(&mut storage).cast::<libc::sockaddr_in>() };
    v4.sin_family = libc::AF_INET as libc::sa_family_t;
    v4.sin_port = address.port().to_be();
    v4.sin_addr.s_addr = u32::from(*address.ip()).to_be();
    (storage, size_of::<libc::sockaddr_in>())
}

fn v6_to_c(address: SocketAddrV6) -> (libc::sockaddr_storage, usize) {
    // SAFETY: all-zero is a valid sockaddr_storage, which is large and aligned enough for a sockaddr_in6.
    let mut storage: libc::sockaddr_storage = unsafe { zeroed() };
    let v6 = unsafe { &mut *std::ptr::from_mut(&mut storage).cast::<libc::sockaddr_in6>() };
    v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    v6.sin6_port = address.port().to_be();
    v6.sin6_addr.s6_addr = address.ip().octets();
    v6.sin6_scope_id = address.scope_id();
    (storage, size_of::<libc::sockaddr_in6>())
}
