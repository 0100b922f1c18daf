//! Connecting to the program's Unix socket without ever waiting for it: a program that is stuck must not keep media
//! out.

use std::io;
use std::mem::{offset_of, size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A connection that does not block. An error if the program accepts none at the moment.
pub(super) fn connect(path: &Path) -> io::Result<UnixStream> {
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: socket takes no pointers; a non-negative result is a descriptor that we own.
    let fd = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: checked above, and nobody else has it.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let (address, length) = address_of(path)?;
    // SAFETY: the address lives for the call and is as long as is said.
    let done = unsafe { libc::connect(socket.as_raw_fd(), std::ptr::from_ref(&address).cast(), length) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(UnixStream::from(socket))
}

fn address_of(path: &Path) -> io::Result<(libc::sockaddr_un, libc::socklen_t)> {
    // SAFETY: all-zero is a valid value of that plain C struct.
    let mut address: libc::sockaddr_un = unsafe { zeroed() };
    let bytes = path.as_os_str().as_bytes();
    // One is left for the zero that ends the path.
    if bytes.len() >= address.sun_path.len() {
        return Err(io::ErrorKind::InvalidFilename.into());
    }
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, byte) in address.sun_path.iter_mut().zip(bytes) {
        *to = *byte as libc::c_char;
    }
    let length = offset_of!(libc::sockaddr_un, sun_path) + bytes.len() + 1;
    debug_assert!(length <= size_of::<libc::sockaddr_un>());
    Ok((address, length as libc::socklen_t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_program_that_accepts_nobody_is_not_waited_for() {
        let folder = std::env::temp_dir().join(format!("sfu-door-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("http");
        let listener = UnixListener::bind(&path).unwrap();
        let mut waiting = Vec::new();
        let refusal = loop {
            match connect(&path) {
                Ok(stream) => waiting.push(stream),
                Err(why) => break why,
            }
        };
        assert_eq!(refusal.kind(), io::ErrorKind::WouldBlock);
        assert!(!waiting.is_empty());
        drop(listener);
        assert_eq!(
            connect(&path).unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
