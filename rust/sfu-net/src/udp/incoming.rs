//! What one `recvmmsg` takes.

use std::mem::{size_of, zeroed};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::c::{Control, from_c, header};

/// Datagrams received by one system call.
pub(super) const RECEIVE_BATCH: usize = 64;
/// A byte more than Ethernet carries, so that a longer datagram is seen to be too long.
const RECEIVE_BYTES: usize = 2048;

/// The arrays behind one `recvmmsg`, made once. Headers point into the other arrays, which are never moved or grown.
pub(super) struct Incoming {
    headers: Vec<libc::mmsghdr>,
    buffers: Vec<[u8; RECEIVE_BYTES]>,
    sources: Vec<libc::sockaddr_storage>,
    controls: Vec<Control>,
    _parts: Vec<libc::iovec>,
}

// SAFETY: the pointers in it lead to its own arrays on the heap, which move between threads with it.
unsafe impl Send for Incoming {}

impl Incoming {
    pub(super) fn new() -> Self {
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
    pub(super) fn fill(&mut self, socket: RawFd) -> usize {
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

    pub(super) fn datagram(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let length = (self.headers[index].msg_len as usize).min(RECEIVE_BYTES);
        Some((from_c(&self.sources[index])?, &self.buffers[index][..length]))
    }

    /// How long before `wall` the datagram came; zero if the kernel did not say.
    pub(super) fn age(&self, index: usize, wall: SystemTime) -> Duration {
        let has_stamp = self.headers[index].msg_hdr.msg_controllen > 0;
        let stamp = has_stamp.then(|| stamp_of(&self.controls[index])).flatten();
        let since_1970 = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        stamp.map_or(Duration::ZERO, |stamp| since_1970.saturating_sub(stamp))
    }
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
