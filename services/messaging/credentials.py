"""Who we are to a nats-server with users, and how we know that it is the right one.

deploy/nats makes both: a seed file for each user, whose name is the user's (`relay.nk`), and the
certificate of the authority that signed the server's. Each user may listen to inboxes of their own
only, and so the inbox follows from the user's name.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys

from domain.errors import DaybookError

SEED = "DAYBOOK_NATS_SEED"
"""The setting that names the seed file."""

CA = "DAYBOOK_NATS_CA"
"""The setting that names the authority's certificate; without it, the system's are trusted."""


class LoginUnsound(DaybookError):
    """A setting by which nobody could log in to NATS.

    LoginUnsound
    ├── SeedUnreadable         the seed file is not there, or holds no seed
    └── AuthorityUnreadable    the certificate is not there, or is none
    """


class SeedUnreadable(LoginUnsound):
    """The seed file is not there, or holds no seed."""


class AuthorityUnreadable(LoginUnsound):
    """The authority's certificate is not there, or is none."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user's seed and the authority; without both, nobody in particular and no TLS."""

    seed: Path | None = None
    ca: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Login":
        """Return the login that the settings name; LoginUnsound where it cannot be read."""
        seed, ca = (environment.get(name, "").strip() for name in (SEED, CA))
        found = cls(Path(seed) if seed else None, Path(ca) if ca else None)
        found._check()
        return found

    @property
    def inbox_prefix(self) -> str:
        """What our inboxes begin with."""
        return f"_INBOX_{self.seed.stem}" if self.seed else "_INBOX"

    def connect_options(self) -> dict[str, Any]:
        """Return what `connect` of nats-py is told besides."""
        if not (self.seed or self.ca):
            return {}
        # TLS from the first byte: else the client goes on without where the server asks for none.
        options: dict[str, Any] = {"tls": self._trusting(), "tls_handshake_first": True}
        if self.seed:
            options |= {"nkeys_seed": str(self.seed), "inbox_prefix": self.inbox_prefix}
        return options

    def broker_options(self) -> dict[str, Any]:
        """Return what FastStream's `NatsBroker` is told besides: the same in its own words."""
        if not (self.seed or self.ca):
            return {}
        # FastStream takes a third of a second to import, which most commands do without.
        from faststream.nats.security import NatsNKey, NatsSecurity  # noqa: PLC0415

        tls: dict[str, Any] = {"ssl_context": self._trusting(), "tls_handshake_first": True}
        if not self.seed:
            return {"security": NatsSecurity(**tls)}
        return {"security": NatsNKey(self.seed, **tls), "inbox_prefix": self.inbox_prefix}

    def _trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    def _check(self) -> None:
        if self.seed:
            try:
                nkeys.from_seed(bytearray(self.seed.read_bytes().strip())).wipe()
            except (OSError, nkeys.NkeysError) as why:
                message = f"{SEED} names {self.seed}, which holds no seed of an nkey."
                raise SeedUnreadable(message) from why
        if self.ca:
            try:
                self._trusting()
            except OSError as why:
                message = f"{CA} names {self.ca}, which holds no certificate."
                raise AuthorityUnreadable(message) from why
