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
/// Datagrams that the kernel cuts out of one buffer: 32 full ones fill the 64 KiB of a UDP message, less
/// keeps a burst to one receiver short.
const SEGMENTS_MAX: usize = 16;
/// A byte more than Ethernet carries, so that a longer datagram is seen to be too long.
const RECEIVE_BYTES: usize = 2048;
/// Kernel buffer in each direction: 100 ms of 300 Mbit/s. The kernel may grant less.
const SOCKET_BUFFER_BYTES: libc::c_int = 4 * 1024 * 1024;

/// A bound socket and the buffers of its batches.
pub struct Udp {
    socket: UdpSocket,
    received: Vec<[u8; RECEIVE_BYTES]>,
    sources: Vec<libc::sockaddr_storage>,
    /// Datagrams that one header may carry; 1 without segmentation offload.
    segments_max: usize,
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
            segments_max: SEGMENTS_MAX,
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

    /// Sends everything; answers how many the kernel refused. UDP may lose, so nothing is tried twice,
    /// except that a kernel without segmentation offload gets the datagrams one by one from then on.
    pub fn send(&mut self, datagrams: &mut Vec<Datagram>) -> usize {
        let mut refused = 0;
        for chunk in datagrams.chunks_mut(SEND_BATCH) {
            refused += self.send_batch(chunk);
        }
        datagrams.clear();
        refused
    }

    fn send_batch(&mut self, datagrams: &mut [Datagram]) -> usize {
        let mut batch = Batch::new(datagrams, self.segments_max);
        let (mut done, mut refused) = (0, 0);
        while done < batch.headers.len() {
            let left = &mut batch.headers[done..];
            // SAFETY: every header points into `batch` and at datagrams that live until the end of this function,
            // and the count is the number of headers left.
            let sent = unsafe { libc::sendmmsg(self.as_raw_fd(), left.as_mut_ptr(), left.len() as u32, 0) };
            if let Some(sent) = usize::try_from(sent).ok().filter(|sent| *sent > 0) {
                done += sent;
                continue;
            }
            // The first one left was refused: buffer full, host unreachable, or no offload on this path.
            let why = io::Error::last_os_error().raw_os_error();
            if batch.runs[done].count > 1 && matches!(why, Some(libc::EIO | libc::EINVAL | libc::EOPNOTSUPP))
            {
                self.segments_max = 1;
                let from = batch.runs[done].first;
                return refused + self.send_batch(&mut datagrams[from..]);
            }
            refused += batch.runs[done].count;
            done += 1;
        }
        refused
    }
}

/// Datagrams to one destination that one header sends: all of one size, but the last may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: usize,
    count: usize,
}

fn runs(datagrams: &[Datagram], segments_max: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::with_capacity(datagrams.len());
    for (index, datagram) in datagrams.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.count < segments_max && continues(datagrams, *run, datagram) => run.count += 1,
            _ => runs.push(Run {
                first: index,
                count: 1,
            }),
        }
    }
    runs
}

fn continues(datagrams: &[Datagram], run: Run, next: &Datagram) -> bool {
    let (first, last) = (&datagrams[run.first], &datagrams[run.first + run.count - 1]);
    let size = first.bytes.len();
    next.to == first.to && last.bytes.len() == size && next.bytes.len() <= size && !next.bytes.is_empty()
}

/// Room for one control message with a `u16`, aligned as the kernel wants it.
type Control = [u64; 3];

/// The arrays behind one `sendmmsg`. Headers point into the other arrays, which are never moved or grown.
struct Batch {
    runs: Vec<Run>,
    headers: Vec<libc::mmsghdr>,
    _targets: Vec<(libc::sockaddr_storage, usize)>,
    _parts: Vec<libc::iovec>,
    _controls: Vec<Control>,
}

impl Batch {
    fn new(datagrams: &mut [Datagram], segments_max: usize) -> Self {
        let runs = runs(datagrams, segments_max);
        let mut targets: Vec<_> = runs.iter().map(|run| to_c(datagrams[run.first].to)).collect();
        let mut controls: Vec<Control> = runs
            .iter()
            .map(|run| segment_size(datagrams[run.first].bytes.len() as u16))
            .collect();
        let mut parts: Vec<libc::iovec> = datagrams
            .iter_mut()
            .map(|d| libc::iovec {
                iov_base: d.bytes.as_mut_ptr().cast(),
                iov_len: d.bytes.len(),
            })
            .collect();
        let mut headers = Vec::with_capacity(runs.len());
        for ((run, (target, length)), control) in runs.iter().zip(&mut targets).zip(&mut controls) {
            let mut header = header(&mut parts[run.first], target, *length);
            header.msg_hdr.msg_iovlen = run.count as _;
            if run.count > 1 {
                header.msg_hdr.msg_control = std::ptr::from_mut(control).cast();
                header.msg_hdr.msg_controllen = size_of::<Control>() as _;
            }
            headers.push(header);
        }
        Self {
            runs,
            headers,
            _targets: targets,
            _parts: parts,
            _controls: controls,
        }
    }
}

/// A control message that asks the kernel to cut the data into datagrams of this size (udp(7), UDP_SEGMENT).
fn segment_size(bytes: u16) -> Control {
    let mut control: Control = [0; 3];
    // SAFETY: a cmsghdr of 16 bytes and 2 bytes after it fit in 24 aligned bytes, which are ours.
    unsafe {
        let message = control.as_mut_ptr().cast::<libc::cmsghdr>();
        (*message).cmsg_level = libc::SOL_UDP;
        (*message).cmsg_type = libc::UDP_SEGMENT;
        (*message).cmsg_len = libc::CMSG_LEN(size_of::<u16>() as u32) as _;
        libc::CMSG_DATA(message).cast::<u16>().write_unaligned(bytes);
    }
    control
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

#[cfg(test)]
mod tests {
    use super::*;

    fn datagrams(lengths: &[(u16, usize)]) -> Vec<Datagram> {
        let to = |port| SocketAddr::from(([127, 0, 0, 1], port));
        lengths
            .iter()
            .map(|(port, length)| Datagram {
                to: to(*port),
                bytes: vec![*port as u8; *length],
            })
            .collect()
    }

    #[test]
    fn a_run_has_one_destination_and_one_size_but_for_its_end() {
        let datagrams = datagrams(&[(1, 100), (1, 100), (1, 60), (1, 60), (2, 60), (2, 70), (2, 70)]);
        let counts: Vec<usize> = runs(&datagrams, 16).iter().map(|run| run.count).collect();
        assert_eq!(counts, [3, 1, 1, 2]);
        assert_eq!(runs(&datagrams, 1).len(), 7);
    }

    #[test]
    fn every_datagram_of_a_run_arrives_whole_and_in_order() {
        let mut sender = Udp::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        for segments_max in [1, SEGMENTS_MAX] {
            sender.segments_max = segments_max;
            let mut receiver = Udp::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            let to = receiver.local_address().unwrap();
            let bytes = |number: u8, length: usize| vec![number; length];
            let lengths = [900, 900, 900, 40, 1200, 1200, 3];
            let wanted: Vec<Vec<u8>> = (0u8..)
                .zip(lengths)
                .map(|(number, length)| bytes(number, length))
                .collect();
            let mut batch = wanted
                .iter()
                .map(|bytes| Datagram {
                    to,
                    bytes: bytes.clone(),
                })
                .collect();
            assert_eq!(sender.send(&mut batch), 0);
            let mut got = Vec::new();
            while receiver.receive(|_, bytes| got.push(bytes.to_vec())) {}
            assert_eq!(got, wanted);
        }
    }
}
