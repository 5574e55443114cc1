"""TLS: with a certificate of one's own, or with one by an authority that the data folder holds."""

import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.errors import DaybookError
from services import certificates

CERTIFICATE, KEY = "DAYBOOK_TLS_CERTIFICATE", "DAYBOOK_TLS_KEY"
"""The settings that name the files of a certificate, with those above it, and of its key."""

FOLDER = "tls"
"""Where in the data folder the local authority stands."""


class CertificateUnsound(DaybookError):
    """The files named for TLS hold no certificate with its key."""


def own_certificate(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext | None:
    """Return TLS by the certificate that the environment names; None where it names none.

    Raises CertificateUnsound.
    """
    certificate, key = environment.get(CERTIFICATE), environment.get(KEY)
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise CertificateUnsound(f"set both {CERTIFICATE} and {KEY}, or neither")
    return _context(Path(certificate), Path(key))


def local_certificate(data: Path, hosts: Sequence[str]) -> ssl.SSLContext:
    """Return TLS by the data folder's own authority; browsers have to be told to trust `ca.crt`."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificates.renew(folder, hosts)
    return _context(folder / "server.crt", folder / "server.key")


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    try:
        made.load_cert_chain(certificate, key)
    except OSError as why:  # also what is no certificate
        raise CertificateUnsound(
            f"{certificate} and {key} hold no certificate with its key"
        ) from why
    return made
