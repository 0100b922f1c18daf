//! A UDP socket that receives and sends in batches (recvmmsg, sendmmsg).
//!
//! All pointers of a batch lead to buffers of its own, which outlive the system call.

mod batch;
mod c;
mod incoming;

use std::io;
use std::mem::size_of;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Instant, SystemTime};

use batch::Batch;
use incoming::{Incoming, RECEIVE_BATCH};
use sfu::Datagram;

/// Datagrams sent by one system call.
const SEND_BATCH: usize = 256;
/// Datagrams that the kernel cuts out of one buffer: 32 full ones fill the 64 KiB of a UDP message, less
/// keeps a burst to one receiver short.
const SEGMENTS_MAX: usize = 16;
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

impl AsRawFd for Udp {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
