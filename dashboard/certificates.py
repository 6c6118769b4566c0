"""A certificate authority of the venue's own, and the server's certificate under it: for venues offline.

Browsers let a page work offline and keep a screen on over HTTPS only, and no public authority certifies an
address of a local network. So the venue has an authority of its own, which each phone is told to trust once.
That trust is kept small: by its name constraints (RFC 5280, 4.2.1.10) the authority can vouch for servers at
private addresses and of the names it was made for, and for no other server in the world.

Keys are P-256, which every browser takes. A server's certificate holds 397 days: Apple's systems refuse more
than 398. Everything lies in `tls` in the data folder, keys readable by their owner alone.
"""

import ipaddress
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from timing.core.instant import Instant

FOLDER = "tls"
CA_KEY, CA, SERVER_KEY, SERVER, NAMES = "ca.key", "ca.pem", "server.key", "server.pem", "names.txt"
_CA_DAYS, _SERVER_DAYS = 3652, 397
#: A certificate that ends sooner is made anew when the service starts.
_RENEW_DAYS = 30
#: Clocks of phones without network may be behind.
_BEFORE = timedelta(days=1)
_PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
#: Names that are nobody's on the internet (RFC 6761, 6762, 8375; `internal` by ICANN's decision of 2024).
_LOCAL = ("localhost", "local", "home.arpa", "internal", "lan")

IP: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class CertificateError(Exception):
    """Certificates cannot be made or used; the text tells the operator why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The authority and the server's certificate, as files.

    `ca` is None where the certificate is a public one, which phones trust anyway.
    """

    certificate: Path
    key: Path
    ca: Path | None = None
    names: tuple[str, ...] = ()
    ends: datetime | None = None
    made: str = ""
    """What had to be made just now, in words; empty: everything was there."""

    def ca_der(self) -> bytes:
        """Return the authority's certificate as phones take it."""
        assert self.ca is not None
        return _certificate(self.ca).public_bytes(Encoding.DER)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the authority's certificate, as phones print it: 32 pairs of hex digits."""
        assert self.ca is not None
        return _certificate(self.ca).fingerprint(hashes.SHA256()).hex(" ").upper()


def ensure(
    folder: Path,
    names: Sequence[str],
    *,
    also: Sequence[str] = (),
    now: Instant,
    title: str,
    renew: bool = False,
    new_authority: bool = False,
) -> Certificates:
    """Return usable certificates for these host names and addresses; make what is missing or ends soon.

    Args:
        folder: where they lie.
        names: host names and IP addresses at which phones reach this machine; remembered for later calls.
        also: further ones, which are left out where the authority may not vouch for them.
        now: the wall's instant; certificates are of the real world also in a simulated rally.
        title: what phones list the authority as.
        renew: make the server's certificate anew whatever it says; phones notice nothing.
        new_authority: make the authority anew as well; every phone has to be told to trust it again.

    Raises:
        CertificateError: a name cannot be certified, or a file is no certificate or key.
    """
    known = (folder / NAMES).read_text(encoding="utf-8").split() if (folder / NAMES).exists() else []
    named = [_general_name(name) for name in dict.fromkeys([*known, *names])]
    wanted = list(dict.fromkeys([*named, *(_general_name(name) for name in also)]))
    if not wanted:
        raise CertificateError("no host name or address to certify: name one with --name")
    moment = datetime.fromtimestamp(now / 1_000_000, UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[str] = []
    if new_authority or not (folder / CA).exists():
        _make_authority(folder, wanted, moment, title)
        made.append("authority")
    authority, key = _certificate(folder / CA), _key(folder / CA_KEY)
    beyond = _beyond(authority, wanted)
    if refused := [one for one in named if one in beyond]:
        raise CertificateError(
            f"the authority in {folder / CA} was made for other names and cannot vouch for "
            f"{refused[0].value}: make a new one with `rallykeeper tls --new-authority`, which every phone "
            "then has to be told to trust"
        )
    wanted = [one for one in wanted if one not in beyond]
    _write(folder / NAMES, "".join(f"{one.value}\n" for one in named).encode(), 0o644)
    if renew or made or not _serves(folder, authority, wanted, moment):
        _make_server(folder, authority, key, wanted, moment)
        made.append("certificate")
    server = _certificate(folder / SERVER)
    return Certificates(
        certificate=folder / SERVER,
        key=folder / SERVER_KEY,
        ca=folder / CA,
        names=tuple(str(one.value) for one in wanted),
        ends=server.not_valid_after_utc,
        made=" and ".join(made),
    )


def given(certificate: Path, key: Path) -> Certificates:
    """Return a certificate that was got elsewhere, such as from a public authority.

    Raises:
        CertificateError: the two files cannot be read, or do not belong together.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"{certificate} and {key} cannot be used: {error}") from error
    return Certificates(certificate=certificate, key=key, ends=_certificate(certificate).not_valid_after_utc)


def _make_authority(folder: Path, wanted: Sequence[x509.GeneralName], moment: datetime, title: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    # The year tells two authorities of one event apart in a phone's list.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{title[:45]} {moment:%Y-%m-%d}")])
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(net)) for net in _PRIVATE]
    permitted += [x509.DNSName(suffix) for suffix in _LOCAL]
    for one in wanted:
        if isinstance(one, x509.DNSName):
            permitted.append(one)
        elif isinstance(one, x509.IPAddress):
            permitted.append(x509.IPAddress(ipaddress.ip_network(one.value)))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BEFORE)
        .not_valid_after(moment + timedelta(days=_CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / CA_KEY, key)
    _write(folder / CA, made.public_bytes(Encoding.PEM), 0o644)


def _make_server(
    folder: Path,
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    wanted: Sequence[x509.GeneralName],
    moment: datetime,
) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    ends = min(moment + timedelta(days=_SERVER_DAYS) - _BEFORE, authority.not_valid_after_utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rallykeeper")]))
        .issuer_name(authority.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BEFORE)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / SERVER_KEY, own)
    _write(folder / SERVER, made.public_bytes(Encoding.PEM), 0o644)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _serves(
    folder: Path, authority: x509.Certificate, wanted: Sequence[x509.GeneralName], moment: datetime
) -> bool:
    """Whether the server's certificate is of this authority, for all these names, and for long enough."""
    if not (folder / SERVER).exists() or not (folder / SERVER_KEY).exists():
        return False
    server = _certificate(folder / SERVER)
    held = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        server.verify_directly_issued_by(authority)
        matches = _key(folder / SERVER_KEY).public_key() == server.public_key()
    except Exception:
        return False
    left = server.not_valid_after_utc - moment
    return matches and set(wanted) <= set(held) and left > timedelta(days=_RENEW_DAYS)


def _beyond(authority: x509.Certificate, wanted: Sequence[x509.GeneralName]) -> list[x509.GeneralName]:
    """The names that the authority may not vouch for."""
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []

    def held(one: x509.GeneralName) -> bool:
        if isinstance(one, x509.IPAddress):
            return any(isinstance(net, x509.IPAddress) and _inside(one, net) for net in limits)
        return any(isinstance(net, x509.DNSName) and _under(str(one.value), net.value) for net in limits)

    return [one for one in wanted if not held(one)]


def _inside(one: x509.IPAddress, net: x509.IPAddress) -> bool:
    return isinstance(net.value, ipaddress.IPv4Network | ipaddress.IPv6Network) and one.value in net.value


def _under(name: str, suffix: str) -> bool:
    return name == suffix or name.endswith("." + suffix)


def _general_name(text: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        name = text.rstrip(".").lower().encode("idna").decode("ascii")
        allowed = all(part.strip("-") and set(part) <= _OF_NAMES for part in name.split("."))
    except UnicodeError:
        allowed = False
    if not allowed:
        raise CertificateError(
            f"{text!r} is no host name and no IP address: expected such as rally.local or 192.168.1.10"
        )
    return x509.DNSName(name)


_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} is no certificate in PEM: {error}") from error


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise CertificateError(f"{path} can be read by others: chmod 600 {path}")
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"{path} is no private key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError(f"{path} holds no key of an elliptic curve")
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
