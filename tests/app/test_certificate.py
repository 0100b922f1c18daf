"""The self-signed certificate for trying out."""

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509

from vivavoce.app.certificate import CertificateError, write_self_signed


def test_it_is_for_the_names_and_addresses_given_and_its_key_is_its_owners(tmp_path: Path) -> None:
    written = write_self_signed(["viva.test", "192.0.2.1"], tmp_path / "new")
    certificate = x509.load_pem_x509_certificate(written.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["viva.test"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.1")]
    assert stat.S_IMODE(written.key.stat().st_mode) == 0o600


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    written = write_self_signed(["viva.test"], tmp_path)
    before = written.key.read_bytes()
    with pytest.raises(CertificateError, match=r"key\.pem: File exists"):
        write_self_signed(["viva.test"], tmp_path)
    assert written.key.read_bytes() == before


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="Not a name of a server"):
        write_self_signed(["m\u00fcnchen"], tmp_path)
