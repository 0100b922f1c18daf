//! A UDP socket that receives and sends in batches (recvmmsg, sendmmsg).
//!
//! All pointers of a batch live in this module's buffers, which outlive the system call.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
    incoming: Incoming,
    /// Datagrams that one header may carry; 1 without segmentation offload.
    segments_max: usize,
}

impl Udp {
    /// Binds, with large kernel buffers.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            set_option(&socket, option, SOCKET_BUFFER_BYTES);
        }
        Ok(Self {
            socket,
            incoming: Incoming::new(),
            segments_max: SEGMENTS_MAX,
        })
    }

    /// Where it is bound.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Makes the kernel note when each datagram came, for [`Self::receive_stamped`].
    pub fn stamp_arrivals(&self) {
        set_option(&self.socket, libc::SO_TIMESTAMPNS, 1);
    }

    /// Hands every waiting datagram of one batch to `take`; false if none may be left.
    pub fn receive(&mut self, mut take: impl FnMut(SocketAddr, &[u8])) -> bool {
        let count = self.incoming.fill(self.socket.as_raw_fd());
        for index in 0..count {
            if let Some((source, bytes)) = self.incoming.datagram(index) {
                take(source, bytes);
            }
        }
        count == RECEIVE_BATCH
    }

    /// The same with the time at which each came to the socket, however late we look.
    pub fn receive_stamped(&mut self, mut take: impl FnMut(SocketAddr, &[u8], Instant)) -> bool {
        let count = self.incoming.fill(self.socket.as_raw_fd());
        let (now, wall) = (Instant::now(), SystemTime::now());
        for index in 0..count {
            let late = self.incoming.age(index, wall);
            if let Some((source, bytes)) = self.incoming.datagram(index) {
                take(source, bytes, now.checked_sub(late).unwrap_or(now));
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

/// The arrays behind one `recvmmsg`, made once. Headers point into the other arrays, which are never moved or grown.
struct Incoming {
    headers: Vec<libc::mmsghdr>,
    buffers: Vec<[u8; RECEIVE_BYTES]>,
    sources: Vec<libc::sockaddr_storage>,
    controls: Vec<Control>,
    _parts: Vec<libc::iovec>,
}

// SAFETY: the pointers in it lead to its own arrays on the heap, which move between threads with it.
unsafe impl Send for Incoming {}

impl Incoming {
    fn new() -> Self {
        let mut buffers = vec![[0; RECEIVE_BYTES]; RECEIVE_BATCH];
        // SAFETY: an all-zero sockaddr_storage is a valid value of that plain C struct.
        let mut sources: Vec<libc::sockaddr_storage> = vec![unsafe { zeroed() }; RECEIVE_BATCH];
        let mut parts: Vec<libc::iovec> = buffers
            .iter_mut()
            .map(|buffer| libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: RECEIVE_BYTES,
            })
            .collect();
        let mut controls: Vec<Control> = vec![[0; _]; RECEIVE_BATCH];
        let headers = parts
            .iter_mut()
            .zip(&mut sources)
            .zip(&mut controls)
            .map(|((part, source), control)| {
                let mut header = header(part, source, size_of::<libc::sockaddr_storage>());
                header.msg_hdr.msg_control = control.as_mut_ptr().cast();
                header
            })
            .collect();
        Self {
            headers,
            buffers,
            sources,
            controls,
            _parts: parts,
        }
    }

    /// Takes what waits, as much as there is room for; answers how many datagrams that is.
    fn fill(&mut self, socket: RawFd) -> usize {
        for header in &mut self.headers {
            // The kernel reads here how much room there is, and writes how much it took.
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_controllen = size_of::<Control>() as _;
        }
        // SAFETY: every header points at one part, one buffer, one source and one control that live as long as it,
        // and the count is the number of headers.
        let count = unsafe {
            let none = std::ptr::null_mut();
            libc::recvmmsg(
                socket,
                self.headers.as_mut_ptr(),
                RECEIVE_BATCH as u32,
                libc::MSG_DONTWAIT,
                none,
            )
        };
        usize::try_from(count).unwrap_or(0)
    }

    fn datagram(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let length = (self.headers[index].msg_len as usize).min(RECEIVE_BYTES);
        Some((from_c(&self.sources[index])?, &self.buffers[index][..length]))
    }

    /// How long before `wall` the datagram came; zero if the kernel did not say.
    fn age(&self, index: usize, wall: SystemTime) -> Duration {
        let has_stamp = self.headers[index].msg_hdr.msg_controllen > 0;
        let stamp = has_stamp.then(|| stamp_of(&self.controls[index])).flatten();
        let since_1970 = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        stamp.map_or(Duration::ZERO, |stamp| since_1970.saturating_sub(stamp))
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

/// Room for one control message with a `u16` or a `timespec`, aligned as the kernel wants it.
type Control = [u64; 4];

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
                // SAFETY: only a calculation. A longer one would be taken for two messages.
                header.msg_hdr.msg_controllen = unsafe { libc::CMSG_SPACE(size_of::<u16>() as u32) } as _;
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
    let mut control: Control = [0; _];
    // SAFETY: a cmsghdr of 16 bytes and 2 bytes after it fit in 32 aligned bytes, which are ours.
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

/// The time in a control message of SO_TIMESTAMPNS, since 1970 (socket(7)).
fn stamp_of(control: &Control) -> Option<Duration> {
    // SAFETY: a cmsghdr of 16 bytes and a timespec of 16 after it fit in 32 aligned bytes; any bytes are valid values.
    let (message, time) = unsafe {
        let message = control.as_ptr().cast::<libc::cmsghdr>();
        let time = libc::CMSG_DATA(message).cast::<libc::timespec>();
        (message.read(), time.read())
    };
    let is_stamp = message.cmsg_level == libc::SOL_SOCKET && message.cmsg_type == libc::SCM_TIMESTAMPNS;
    let (seconds, ns) = (
        u64::try_from(time.tv_sec).ok()?,
        u32::try_from(time.tv_nsec).ok()?,
    );
    is_stamp.then(|| Duration::new(seconds, ns))
}

fn set_option(socket: &UdpSocket, option: libc::c_int, value: libc::c_int) {
    // SAFETY: the value lives for the call and has the size that is named. A refusal leaves the default.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            std::ptr::from_ref(&value).cast(),
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

    /// How long ago a datagram came, according to its stamp, when it was sent 20 ms before we looked.
    fn age_after_20_ms(receiver: &mut Udp) -> Duration {
        let mut sender = Udp::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let to = receiver.local_address().unwrap();
        let bytes = vec![7];
        sender.send(&mut vec![Datagram { to, bytes }]);
        let sent_at = Instant::now();
        while sent_at.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let mut came = None;
        receiver.receive_stamped(|_, _, at| came = Some(at));
        came.expect("it came over the loopback").elapsed()
    }

    #[test]
    fn a_datagram_is_stamped_when_it_came_and_not_when_we_look() {
        let mut receiver = Udp::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        receiver.stamp_arrivals();
        // The kernel begins to stamp a moment after it was told to.
        let deadline = Instant::now() + Duration::from_secs(5);
        while age_after_20_ms(&mut receiver) < Duration::from_millis(15) {
            assert!(Instant::now() < deadline, "never stamped");
        }
    }
}
