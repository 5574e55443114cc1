"""Where browsers find Daybook: the address that a site gives it."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.errors import DaybookError

PUBLIC_URL = "DAYBOOK_PUBLIC_URL"


class BadPublicUrl(DaybookError):
    """The address at which browsers are to find Daybook cannot be used."""


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """An address of a scheme, a host and perhaps a port: `https://daybook.example.org`."""

    origin: str
    host: str

    @property
    def is_named(self) -> bool:
        """Tell whether the host is a name, which passkeys need, and no number."""
        return _address(self.host) is None

    def at(self, path: str) -> str:
        """Return the address of a path, which begins with a slash."""
        return f"{self.origin}{path}"


def public_url(given: str) -> PublicUrl:
    """Read an address. Raises BadPublicUrl for what browsers would keep nothing secret at."""
    try:
        parts = urlsplit(given)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise BadPublicUrl(f"{PUBLIC_URL} is not an address") from None
    if parts.scheme not in {"https", "http"} or not host:
        raise BadPublicUrl(f"{PUBLIC_URL} has to begin with https:// and a host")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadPublicUrl(f"{PUBLIC_URL} has to be a scheme and a host alone, without a path")
    if not keeps_secrets(given):
        raise BadPublicUrl(f"{PUBLIC_URL} has to begin with https:// unless it is this machine")
    shown = f"[{host}]" if ":" in host else host
    standard = {"https": 443, "http": 80}[parts.scheme]
    suffix = "" if port in {None, standard} else f":{port}"
    return PublicUrl(f"{parts.scheme}://{shown}{suffix}", host)


def named_public_url(environment: Mapping[str, str] = os.environ) -> PublicUrl | None:
    """Return the address that the environment names, if it does. Raises BadPublicUrl."""
    given = environment.get(PUBLIC_URL)
    return public_url(given) if given else None


def keeps_secrets(url: str) -> bool:
    """Tell whether nobody reads what is sent to an address: by TLS, or within this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    )


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
