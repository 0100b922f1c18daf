"""A self-signed certificate for trying out HTTPS: it encrypts, and proves nothing."""

import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_DAYS = 90
COMMON_NAME_CHARACTERS_MAX = 64  # RFC 5280, appendix A.1


class CertificateError(Exception):
    """It cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """The two PEM files."""

    certificate: Path
    key: Path


def write_self_signed(hosts: Sequence[str], folder: Path) -> Written:
    """Write a certificate for these names and IP addresses, and its key, which only the owner may read.

    Raises:
        CertificateError: there is one already, a name is none, or the folder cannot be written to.
    """
    written = Written(
        (folder / "certificate.pem").absolute(),
        (folder / "key.pem").absolute(),
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(hosts, key)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(written.key, private, mode=0o600)
        _write_new(
            written.certificate, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644
        )
    except OSError as error:
        raise CertificateError(f"{error.filename}: {error.strerror}.") from error
    return written


def _signed(hosts: Sequence[str], key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    try:
        names = [_general_name(host) for host in hosts]
    except ValueError as error:
        raise CertificateError(f"Not a name of a server: {error}.") from error
    common = x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:COMMON_NAME_CHARACTERS_MAX])
    name = x509.Name([common])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Never over what is there: a key that is lost is lost."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
