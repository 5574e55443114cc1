"""The settings of the environment that name a site's OpenID provider."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from domain.errors import DaybookError
from services.access.public_url import PUBLIC_URL, PublicUrl, keeps_secrets, named_public_url

ISSUER = "DAYBOOK_OIDC_ISSUER"
CLIENT_ID = "DAYBOOK_OIDC_CLIENT_ID"
CLIENT_SECRET = "DAYBOOK_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of a setting
CLIENT_SECRET_FILE = "DAYBOOK_OIDC_CLIENT_SECRET_FILE"  # noqa: S105 - the name of a setting
ACCOUNT_CLAIM = "DAYBOOK_OIDC_ACCOUNT_CLAIM"
ACCOUNT_DOMAIN = "DAYBOOK_OIDC_ACCOUNT_DOMAIN"

CALLBACK = "/v1/sign-in/openid/callback"
"""The path to which the provider sends the browser back; it has to know the whole address."""


class BadOpenIdSetting(DaybookError):
    """What the environment says of the OpenID provider cannot be used."""


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """A provider, and what Daybook is to it.

    The account is named by the claim `account_claim`. With an `account_domain` the claim has to
    be of the form `account@domain`, as many providers have it.
    """

    issuer: str
    client_id: str
    public_url: PublicUrl
    client_secret: str | None = field(default=None, repr=False)
    account_claim: str = "preferred_username"
    account_domain: str | None = None

    @property
    def redirect_uri(self) -> str:
        """Return the address to which the provider sends the browser back."""
        return self.public_url.at(CALLBACK)

    @property
    def host(self) -> str:
        """Return the provider's host, as people are told it."""
        return urlsplit(self.issuer).hostname or self.issuer


def openid_settings(environment: Mapping[str, str] = os.environ) -> OpenIdSettings | None:
    """Return what the environment says of a provider; None where it names none.

    Raises BadOpenIdSetting and BadPublicUrl.
    """
    issuer = environment.get(ISSUER)
    if not issuer:
        return None
    if not keeps_secrets(issuer):
        raise BadOpenIdSetting(f"{ISSUER} has to begin with https://")
    if not (client_id := environment.get(CLIENT_ID)):
        raise BadOpenIdSetting(f"{ISSUER} is set but {CLIENT_ID} is not: set both, or neither")
    if (public := named_public_url(environment)) is None:
        raise BadOpenIdSetting(
            f"{ISSUER} is set but {PUBLIC_URL} is not, and the provider has to send people back"
            " to it"
        )
    return OpenIdSettings(
        issuer,
        client_id,
        public,
        _client_secret(environment),
        environment.get(ACCOUNT_CLAIM) or "preferred_username",
        (environment.get(ACCOUNT_DOMAIN) or "").lower() or None,
    )


def _client_secret(environment: Mapping[str, str]) -> str | None:
    given, file = environment.get(CLIENT_SECRET), environment.get(CLIENT_SECRET_FILE)
    if given and file:
        raise BadOpenIdSetting(f"{CLIENT_SECRET} and {CLIENT_SECRET_FILE} are set: set one of them")
    if not file:
        return given or None
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise BadOpenIdSetting(f"the file that {CLIENT_SECRET_FILE} names cannot be read") from None
    if not secret:
        raise BadOpenIdSetting(f"the file that {CLIENT_SECRET_FILE} names is empty")
    return secret
