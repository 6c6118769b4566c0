"""The venue's own authority: what it certifies, what a real TLS client makes of it, and what it refuses."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.certificates import CertificateError, Certificates, ensure, given
from timing.clock import SystemClock
from timing.core.instant import DAY, Instant

NAMES = ["rally.local", "192.168.7.10"]


def now() -> Instant:
    return SystemClock().now()


def made(
    folder: Path, names: list[str] | None = None, *, renew: bool = False, new_authority: bool = False
) -> Certificates:
    return ensure(
        folder,
        NAMES if names is None else names,
        now=now(),
        title="Rallykeeper Test",
        renew=renew,
        new_authority=new_authority,
    )


@contextmanager
def serving(certificates: Certificates) -> Iterator[int]:
    """A TLS server that greets whoever gets through the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            while True:
                try:
                    raw, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(raw, server_side=True) as connection:
                        connection.sendall(b"hello")
                except OSError:
                    raw.close()

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def greeted(port: int, name: str, ca: Path | None) -> bytes:
    """What a client hears that trusts this authority and asks for this name."""
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    # As strict as RFC 5280: key usages, identifiers, critical extensions.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=name) as connection,
    ):
        return connection.recv(5)


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_authority_gets_through_the_handshake(tmp_path: Path, name: str) -> None:
    certificates = made(tmp_path / "tls")
    with serving(certificates) as port:
        assert greeted(port, name, certificates.ca) == b"hello"


def test_a_client_that_does_not_trust_it_or_asks_for_another_name_is_warned(tmp_path: Path) -> None:
    certificates = made(tmp_path / "tls")
    with serving(certificates) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer"):
            greeted(port, "rally.local", None)
        with pytest.raises(ssl.SSLCertVerificationError, match=r"[Hh]ostname mismatch|not valid for"):
            greeted(port, "other.local", certificates.ca)


def test_the_authority_cannot_vouch_for_a_bank_even_in_a_thiefs_hands(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from cryptography.x509.oid import NameOID

    certificates = made(tmp_path / "tls")
    assert certificates.ca is not None
    authority = x509.load_pem_x509_certificate(certificates.ca.read_bytes())
    key = load_pem_private_key((tmp_path / "tls" / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    own = ec.generate_private_key(ec.SECP256R1())
    today = datetime.fromtimestamp(now() / 1e6, UTC)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank.example.com")]))
        .issuer_name(authority.subject)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bank.example.com")]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "forged.pem").write_bytes(forged.public_bytes(Encoding.PEM))
    (tmp_path / "forged.key").write_bytes(
        own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with (
        serving(given(tmp_path / "forged.pem", tmp_path / "forged.key")) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"),
    ):
        greeted(port, "bank.example.com", certificates.ca)


def test_what_phones_demand_of_a_certificate_holds(tmp_path: Path) -> None:
    certificates = made(tmp_path / "tls")
    assert certificates.ends is not None
    held = certificates.ends - datetime.fromtimestamp(now() / 1e6, UTC)
    assert timedelta(days=390) < held < timedelta(days=398), "Apple's systems refuse more than 398 days"
    assert certificates.names == tuple(NAMES)
    assert len(certificates.fingerprint().split(" ")) == 32


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    made(tmp_path / "tls")
    for name in ("ca.key", "server.key"):
        assert (tmp_path / "tls" / name).stat().st_mode & 0o777 == 0o600
    (tmp_path / "tls" / "ca.key").chmod(0o644)
    with pytest.raises(CertificateError, match="chmod 600"):
        made(tmp_path / "tls", renew=True)


def test_what_is_there_is_used_again_and_names_are_remembered(tmp_path: Path) -> None:
    first = made(tmp_path / "tls")
    again = made(tmp_path / "tls", [])
    assert (again.made, again.names) == ("", first.names)
    assert again.fingerprint() == first.fingerprint()


def test_renewing_makes_another_certificate_under_the_same_authority(tmp_path: Path) -> None:
    first = made(tmp_path / "tls")
    trusted, before = first.fingerprint(), first.certificate.read_bytes()
    renewed = made(tmp_path / "tls", renew=True)
    assert renewed.made == "certificate"
    assert renewed.fingerprint() == trusted
    assert renewed.certificate.read_bytes() != before
    with serving(renewed) as port:
        assert greeted(port, "rally.local", renewed.ca) == b"hello"


@pytest.mark.parametrize(("days", "anew"), [(300, False), (370, True), (500, True)])
def test_a_certificate_that_ends_within_a_month_is_made_anew_at_a_start(
    tmp_path: Path, days: int, anew: bool
) -> None:
    first = made(tmp_path / "tls")
    later = ensure(tmp_path / "tls", [], now=now() + days * DAY, title="Rallykeeper Test")
    assert bool(later.made) is anew
    assert later.fingerprint() == first.fingerprint()


def test_a_further_private_address_needs_no_new_trust(tmp_path: Path) -> None:
    first = made(tmp_path / "tls")
    moved = made(tmp_path / "tls", ["10.1.2.3"])
    assert moved.made == "certificate"
    assert moved.names == (*NAMES, "10.1.2.3")
    assert moved.fingerprint() == first.fingerprint()


def test_a_name_beyond_the_authority_is_refused_with_the_way_out(tmp_path: Path) -> None:
    made(tmp_path / "tls")
    with pytest.raises(CertificateError, match=r"cannot vouch for timing\.example\.org.*--new-authority"):
        made(tmp_path / "tls", ["timing.example.org"])
    anew = made(tmp_path / "tls", ["timing.example.org"], new_authority=True)
    with serving(anew) as port:
        assert greeted(port, "timing.example.org", anew.ca) == b"hello"


def test_an_address_that_the_machine_happens_to_have_is_left_out_where_it_cannot_be_vouched_for(
    tmp_path: Path,
) -> None:
    made(tmp_path / "tls")
    found = ensure(tmp_path / "tls", [], also=["203.0.113.7", "10.0.0.9"], now=now(), title="x")
    assert "10.0.0.9" in found.names
    assert "203.0.113.7" not in found.names


@pytest.mark.parametrize("name", ["http://rally", "two words", "-", "a..b", "rally.local:8443"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CertificateError, match="no host name"):
        made(tmp_path / "tls", [name])


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other")
    with pytest.raises(CertificateError, match="cannot be used"):
        given(one.certificate, other.key)
    with pytest.raises(CertificateError, match="cannot be used"):
        given(tmp_path / "missing.pem", other.key)
    assert given(one.certificate, one.key).ca is None
