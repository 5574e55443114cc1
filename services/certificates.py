"""A certificate authority of one's own, and the server's certificate by it, in a folder."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEARS = timedelta(days=3650)
"""How long the authority is valid."""

MONTHS = timedelta(days=398)
"""How long a server's certificate is valid."""

SOON = timedelta(days=60)
"""A server's certificate that has no longer than this to go is made anew."""


def renew(folder: Path, hosts: Sequence[str]) -> None:
    """Make what is missing, and the server's certificate anew for other hosts or when it is old."""
    if not (folder / "ca.crt").exists():
        _make_authority(folder)
    if _fits(folder / "server.crt", hosts):
        return
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        message = "ca.key is not a key that was made here."
        raise TypeError(message)
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = (
        _begin(hosts[0], authority.subject, server_key.public_key(), MONTHS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(each) for each in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    write(folder / "server.key", _pem(server_key), 0o600)
    write(folder / "server.crt", server.public_bytes(serialization.Encoding.PEM), 0o644)


def write(file: Path, content: bytes, mode: int) -> None:
    """Put a file in place at once, and never readable for more than its mode says."""
    beside = file.with_name(f".{file.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
        opened.write(content)
    beside.replace(file)


def _make_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named("Daybook's own authority")
    certificate = (
        _begin("Daybook's own authority", subject, key.public_key(), YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(), critical=True)
        .sign(key, hashes.SHA256())
    )
    write(folder / "ca.key", _pem(key), 0o600)
    write(folder / "ca.crt", certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _begin(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _fits(file: Path, hosts: Sequence[str]) -> bool:
    """Whether a certificate is for exactly these hosts, and will be for some time."""
    if not file.exists():
        return False
    found = x509.load_pem_x509_certificate(file.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = found.not_valid_after_utc - datetime.now(UTC) > SOON
    return lasts and list(names) == [_host(each) for each in hosts]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
