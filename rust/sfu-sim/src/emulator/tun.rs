//! A TUN device in another network namespace: IP packets in and out, without a link layer.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::Path;

/// The device's name in each namespace.
const DEVICE: &str = "path";
/// More than the device's MTU, so that no packet is cut.
pub const PACKET_BYTES_MAX: usize = 65_536;
/// Where `ip netns add` keeps namespaces.
const NAMESPACES: &str = "/run/netns";

/// An attached device. Packets are written whole or not at all.
pub struct Tun(File);

impl Tun {
    /// Attaches to the device of the namespace `name`; the thread is back in its own namespace afterwards.
    pub fn open(name: &str) -> io::Result<Self> {
        let home = File::open("/proc/thread-self/ns/net")?;
        enter(&File::open(Path::new(NAMESPACES).join(name))?)?;
        let attached = attach();
        enter(&home)?;
        attached.map(Self)
    }

    /// A second handle, for the thread that reads.
    pub fn reader(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// Hands a packet to the namespace.
    pub fn send(&self, packet: &[u8]) -> io::Result<()> {
        (&self.0).write_all(packet)
    }
}

fn enter(namespace: &File) -> io::Result<()> {
    // SAFETY: the descriptor is open for the whole call.
    succeeded(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) })
}

/// `TUNSETIFF` (Linux, Documentation/networking/tuntap.rst), without the four bytes of packet information.
fn attach() -> io::Result<File> {
    let device = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    // SAFETY: an all-zero ifreq is a valid value of that plain C struct.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(DEVICE.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the request lives for the whole call and is the struct that TUNSETIFF reads and writes.
    succeeded(unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF, &raw mut request) })?;
    Ok(device)
}

fn succeeded(result: libc::c_int) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
