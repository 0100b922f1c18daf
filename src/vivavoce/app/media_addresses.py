"""The IP addresses at which browsers will find the media port."""

import ipaddress
import socket

from vivavoce.app.settings import Settings


def browser_addresses(settings: Settings) -> tuple[str, ...]:
    """What the settings say; else the bound address; for an unspecified address, all of this machine's own."""
    if settings.media_addresses:
        return settings.media_addresses
    host = settings.media_host or settings.host
    if not ipaddress.ip_address(host).is_unspecified:
        return (host,)
    return ("127.0.0.1", *_own_addresses(socket.AF_INET6 if ":" in host else socket.AF_INET))


def _own_addresses(family: socket.AddressFamily) -> tuple[str, ...]:
    """The address that packets to the outside would leave from; asking the kernel sends nothing."""
    destination = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"  # RFC 5737, RFC 3849
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((destination, 9))
        except OSError:
            return ()
        return (str(probe.getsockname()[0]),)
