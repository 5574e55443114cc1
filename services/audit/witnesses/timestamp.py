"""Timestamps of heads by an outside authority: RFC 3161, through `rfc3161-client`.

What is stamped is the text of a checkpoint, its three lines, whoever signs below it: so a head that
is cosigned later, or signed by a new key, keeps its timestamp, and `head -3` makes what `openssl ts
-verify -data` takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509

from domain.errors import DaybookError

MOST_BYTES = 64 * 1024
"""How long an authority's response may be."""

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class NoTimestamps(DaybookError):
    """The package that reads and checks timestamps is not installed."""


class TimestampUnsound(DaybookError):
    """A response that stamps nothing, or something else, or is of no authority that is trusted."""


class AuthorityUnreadable(DaybookError):
    """A file that is to hold the certificates of timestamp authorities."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request for a timestamp, and the number that the response has to repeat."""

    request: bytes
    nonce: int


def check_installed() -> None:
    """Raise NoTimestamps where the package is missing; it is an extra of Daybook's."""
    try:
        import rfc3161_client  # noqa: F401, PLC0415 - only who asks for timestamps has it
    except ImportError as why:
        raise NoTimestamps(
            "timestamps need the package rfc3161-client: install daybook[timestamps]"
        ) from why


def question_for(text: str) -> Question:
    """Return the request for a timestamp of a checkpoint's text."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra

    asked = TimestampRequestBuilder(text.encode(), HashAlgorithm.SHA256).build()
    nonce: int = asked.nonce or 0
    request: bytes = asked.as_bytes()
    return Question(request, nonce)


def stamped_at(response: bytes, text: str, nonce: int | None = None) -> datetime:
    """Return the time that a response states of a text, whoever signed it. Raises TimestampUnsound.

    With a nonce the response has to repeat it.
    """
    from rfc3161_client import PKIStatus, decode_timestamp_response  # noqa: PLC0415 - an extra

    try:
        read = decode_timestamp_response(response)
        status: int = read.status
        if status != PKIStatus.GRANTED:
            raise TimestampUnsound("the authority gave no timestamp")
        info = read.tst_info
        imprint: bytes = info.message_imprint.message
        algorithm: x509.ObjectIdentifier = info.message_imprint.hash_algorithm
        said: int | None = info.nonce
        at: datetime = info.gen_time
    except ValueError as why:
        raise TimestampUnsound("it is no response of a timestamp authority (RFC 3161)") from why
    if (algorithm, imprint) != (_SHA256, sha256(text.encode()).digest()):
        raise TimestampUnsound("it is a timestamp of something else")
    if nonce is not None and said != nonce:
        raise TimestampUnsound("it answers another request")
    return at.astimezone(UTC)


def check_timestamp(response: bytes, text: str, trusted: Sequence[x509.Certificate]) -> datetime:
    """Return when a text was there, as a trusted authority vouches. Raises TimestampUnsound."""
    from rfc3161_client import (  # noqa: PLC0415 - an extra
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    at = stamped_at(response, text)
    roots = [each for each in trusted if each.issuer == each.subject]
    between = [each for each in trusted if each.issuer != each.subject]
    try:
        verifier = VerifierBuilder(roots=roots, intermediates=between).build()
        verifier.verify_message(decode_timestamp_response(response), text.encode())
    except (VerificationError, ValueError) as why:
        raise TimestampUnsound("no trusted authority signed it as it stands") from why
    return at


def read_authorities(path: Path) -> list[x509.Certificate]:
    """Read the certificates of authorities that are trusted, in PEM. Raises AuthorityUnreadable."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as why:
        raise AuthorityUnreadable(f"{path} holds no certificates in PEM") from why
    if not any(each.issuer == each.subject for each in found):
        raise AuthorityUnreadable(f"{path} has no root certificate, which signed itself")
    return found
