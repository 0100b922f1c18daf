//! A UDP socket that receives and sends in batches (recvmmsg, sendmmsg).
//!
//! All pointers of a batch live in this module's buffers, which outlive the system call.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};

use sfu::Datagram;

/// Datagrams received by one system call.
const RECEIVE_BATCH: usize = 64;
/// Datagrams sent by one system call.
const SEND_BATCH: usize = 256;
/// A byte more than Ethernet carries, so that a longer datagram is seen to be too long.
const RECEIVE_BYTES: usize = 2048;
/// Kernel buffer in each direction: 100 ms of 300 Mbit/s. The kernel may grant less.
const SOCKET_BUFFER_BYTES: libc::c_int = 4 * 1024 * 1024;

/// A bound socket and the buffers of its batches.
pub struct Udp {
    socket: UdpSocket,
    received: Vec<[u8; RECEIVE_BYTES]>,
    sources: Vec<libc::sockaddr_storage>,
}

impl Udp {
    /// Binds, with large kernel buffers.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            set_buffer(&socket, option);
        }
        Ok(Self {
            socket,
            received: vec![[0; RECEIVE_BYTES]; RECEIVE_BATCH],
            // SAFETY: an all-zero sockaddr_storage is a valid value of that plain C struct.
            sources: vec![unsafe { zeroed() }; RECEIVE_BATCH],
        })
    }

    /// Where it is bound.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Hands every waiting datagram of one batch to `take`; false if none may be left.
    pub fn receive(&mut self, mut take: impl FnMut(SocketAddr, &[u8])) -> bool {
        let mut parts: Vec<libc::iovec> = self
            .received
            .iter_mut()
            .map(|buffer| libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: RECEIVE_BYTES,
            })
            .collect();
        let mut headers: Vec<libc::mmsghdr> = parts
            .iter_mut()
            .zip(&mut self.sources)
            .map(|(part, source)| header(part, source, size_of::<libc::sockaddr_storage>()))
            .collect();
        // SAFETY: every header points at one part, one buffer and one source that live until the end of this
        // function, and the count is the number of headers.
        let count = unsafe {
            let none = std::ptr::null_mut();
            libc::recvmmsg(
                self.as_raw_fd(),
                headers.as_mut_ptr(),
                RECEIVE_BATCH as u32,
                libc::MSG_DONTWAIT,
                none,
            )
        };
        let count = usize::try_from(count).unwrap_or(0);
        let lengths: Vec<usize> = headers[..count]
            .iter()
            .map(|header| header.msg_len as usize)
            .collect();
        for ((length, buffer), source) in lengths.iter().zip(&self.received).zip(&self.sources) {
            if let Some(source) = from_c(source) {
                take(source, &buffer[..(*length).min(RECEIVE_BYTES)]);
            }
        }
        count == RECEIVE_BATCH
    }

    /// Sends everything; answers how many the kernel refused. UDP may lose, so nothing is tried twice.
    pub fn send(&mut self, datagrams: &mut Vec<Datagram>) -> usize {
        let refused = datagrams
            .chunks_mut(SEND_BATCH)
            .map(|chunk| self.send_batch(chunk))
            .sum();
        datagrams.clear();
        refused
    }

    fn send_batch(&self, datagrams: &mut [Datagram]) -> usize {
        let mut targets: Vec<(libc::sockaddr_storage, usize)> =
            datagrams.iter().map(|d| to_c(d.to)).collect();
        let mut parts: Vec<libc::iovec> = datagrams
            .iter_mut()
            .map(|d| libc::iovec {
                iov_base: d.bytes.as_mut_ptr().cast(),
                iov_len: d.bytes.len(),
            })
            .collect();
        let mut headers: Vec<libc::mmsghdr> = parts
            .iter_mut()
            .zip(&mut targets)
            .map(|(part, (target, length))| header(part, target, *length))
            .collect();
        let (mut done, mut refused) = (0, 0);
        while done < headers.len() {
            let left = &mut headers[done..];
            // SAFETY: every header points at one part, one target and one datagram that live until the end of
            // this function, and the count is the number of headers left.
            let sent = unsafe { libc::sendmmsg(self.as_raw_fd(), left.as_mut_ptr(), left.len() as u32, 0) };
            match usize::try_from(sent) {
                Ok(sent) if sent > 0 => done += sent,
                // The first one left was refused (buffer full, host unreachable): skip it.
                _ => {
                    done += 1;
                    refused += 1;
                }
            }
        }
        refused
    }
}

impl AsRawFd for Udp {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

fn header(part: &mut libc::iovec, name: &mut libc::sockaddr_storage, name_bytes: usize) -> libc::mmsghdr {
    // SAFETY: an all-zero mmsghdr is a valid value of that plain C struct.
    let mut header: libc::mmsghdr = unsafe { zeroed() };
    header.msg_hdr.msg_iov = part;
    header.msg_hdr.msg_iovlen = 1;
    header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
    header.msg_hdr.msg_namelen = name_bytes as libc::socklen_t;
    header
}

fn set_buffer(socket: &UdpSocket, option: libc::c_int) {
    let bytes = SOCKET_BUFFER_BYTES;
    // SAFETY: the value lives for the call and has the size that is named. A refusal leaves the default.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            std::ptr::from_ref(&bytes).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        );
    }
}

fn from_c(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
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

fn to_c(address: SocketAddr) -> (libc::sockaddr_storage, usize) {
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
