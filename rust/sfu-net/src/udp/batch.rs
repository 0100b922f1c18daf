//! What one `sendmmsg` sends: as few messages as can be, which the kernel cuts into datagrams (udp(7), UDP_SEGMENT).

use std::mem::size_of;

use sfu::Datagram;

use super::c::{Control, header, to_c};

/// Datagrams to one destination that one header sends: all of one size, but the last may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) count: usize,
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

/// The arrays behind one `sendmmsg`. Headers point into the other arrays, which are never moved or grown.
pub(super) struct Batch {
    pub(super) runs: Vec<Run>,
    pub(super) headers: Vec<libc::mmsghdr>,
    _targets: Vec<(libc::sockaddr_storage, usize)>,
    _parts: Vec<libc::iovec>,
    _controls: Vec<Control>,
}

impl Batch {
    pub(super) fn new(datagrams: &mut [Datagram], segments_max: usize) -> Self {
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

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
}
