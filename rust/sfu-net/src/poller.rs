//! epoll: which of many descriptors can be read or written.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Descriptors told of at once; the others come next time.
const READY_MAX: usize = 64;

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    Read,
    Write,
    Both,
    /// Only its end.
    None,
}

impl Interest {
    fn bits(self) -> u32 {
        let bits = match self {
            Self::Read => libc::EPOLLIN,
            Self::Write => libc::EPOLLOUT,
            Self::Both => libc::EPOLLIN | libc::EPOLLOUT,
            Self::None => 0,
        };
        bits as u32
    }
}

/// Something can be done with the descriptor that has this token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) token: u64,
    pub(crate) can_read: bool,
    pub(crate) can_write: bool,
}

#[derive(Debug)]
pub(crate) struct Poller(OwnedFd);

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: epoll_create1 takes no pointers; a non-negative result is a descriptor that we own.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: checked above, and nobody else has it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub(crate) fn add(&self, what: &impl AsRawFd, token: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, what, token, interest)
    }

    pub(crate) fn change(&self, what: &impl AsRawFd, token: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, what, token, interest)
    }

    pub(crate) fn remove(&self, what: &impl AsRawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, what, 0, Interest::None)
    }

    /// What is ready, after waiting for `timeout_ms` at most.
    pub(crate) fn wait(&self, timeout_ms: u16, ready: &mut Vec<Ready>) {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; READY_MAX];
        // SAFETY: the array is live and as long as is said.
        let count = unsafe {
            libc::epoll_wait(
                self.as_raw_fd(),
                events.as_mut_ptr(),
                READY_MAX as libc::c_int,
                i32::from(timeout_ms),
            )
        };
        let count = usize::try_from(count).unwrap_or(0);
        ready.clear();
        ready.extend(events[..count].iter().map(|event| {
            let has = |bits: libc::c_int| event.events & bits as u32 != 0;
            // An error or an end is found by reading.
            let can_read = has(libc::EPOLLIN | libc::EPOLLHUP | libc::EPOLLERR);
            Ready {
                token: event.u64,
                can_read,
                can_write: has(libc::EPOLLOUT | libc::EPOLLERR),
            }
        }));
    }

    fn control(
        &self,
        operation: libc::c_int,
        what: &impl AsRawFd,
        token: u64,
        interest: Interest,
    ) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: interest.bits(),
            u64: token,
        };
        // SAFETY: the event lives for the call; wrong descriptors are refused by the kernel.
        let done = unsafe { libc::epoll_ctl(self.as_raw_fd(), operation, what.as_raw_fd(), &raw mut event) };
        if done < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}

impl AsRawFd for Poller {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
