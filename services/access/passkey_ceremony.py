"""What passkeys are asked, and whether what they answer can be believed (Web Authentication).

Whatever a browser sends is taken apart by the library `webauthn`, which fails in many ways on
what is none: all of them mean that the answer cannot be verified.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    options_to_json_dict,
    parse_attestation_object,
    parse_authenticator_data,
    parse_client_data_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.access.passkey_refusals import (
    NobodyVerified,
    PasskeyRefused,
    PasskeysNeedName,
    PasskeyUnsound,
    WrongPlace,
)
from services.access.public_url import PUBLIC_URL, PublicUrl

Json = Mapping[str, Any]

_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was made, and proved that it can sign."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Which passkey answered which challenge, before anything of it is verified.

    `user_handle` is whose passkey it says to be, where it says so.
    """

    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None


class Ceremony:
    """Asks browsers, and verifies their answers, at one address."""

    def __init__(self, public_url: PublicUrl) -> None:
        """Raise PasskeysNeedName where the address has no name."""
        if not public_url.is_named:
            raise PasskeysNeedName(setting=PUBLIC_URL)
        self._origin, self._rp_id = public_url.origin, public_url.host

    # To register

    def to_register(
        self, account: str, name: str, challenge: bytes, known: Iterable[bytes], milliseconds: int
    ) -> dict[str, Any]:
        """Return the options of `navigator.credentials.create`, as JSON."""
        options = generate_registration_options(
            rp_id=self._rp_id,
            rp_name="Daybook",
            user_id=user_handle(account),
            user_name=account,
            user_display_name=name,
            challenge=challenge,
            timeout=milliseconds,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(each) for each in known],
        )
        return options_to_json_dict(options)

    def registered(self, credential: Json, challenge: bytes) -> NewPasskey:
        """Return the passkey that answered `to_register`. Raises PasskeyRefused."""
        with _read():
            response = credential["response"]
            made = parse_attestation_object(base64url_to_bytes(response["attestationObject"]))
            self._check(response, is_verified=made.auth_data.flags.uv)
            found = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        return NewPasskey(found.credential_id, found.credential_public_key, found.sign_count)

    # To sign in

    def to_sign_in(
        self, challenge: bytes, allowed: Iterable[bytes], milliseconds: int
    ) -> dict[str, Any]:
        """Return the options of `navigator.credentials.get`; `allowed` may be any, if empty."""
        options = generate_authentication_options(
            rp_id=self._rp_id,
            challenge=challenge,
            timeout=milliseconds,
            allow_credentials=[PublicKeyCredentialDescriptor(each) for each in allowed],
            user_verification=_REQUIRED,
        )
        return options_to_json_dict(options)

    def verified(self, credential: Json, challenge: bytes, public_key: bytes) -> int:
        """Return how often the passkey says it was used. Raises PasskeyRefused."""
        with _read():
            response = credential["response"]
            said = parse_authenticator_data(base64url_to_bytes(response["authenticatorData"]))
            self._check(response, is_verified=said.flags.uv)
            found = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        return found.new_sign_count

    def _check(self, response: Json, *, is_verified: bool) -> None:
        """Raise what somebody can do something about."""
        client = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
        if client.origin != self._origin:
            raise WrongPlace(origin=self._origin)
        if client.cross_origin:
            raise WrongPlace(origin=self._origin)
        if not is_verified:
            raise NobodyVerified


def answered(credential: Json) -> Answered:
    """Read which passkey answered what. Raises PasskeyUnsound."""
    with _read():
        response = credential["response"]
        client = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
        handle = response.get("userHandle")
        return Answered(
            base64url_to_bytes(credential["id"]),
            client.challenge,
            base64url_to_bytes(handle) if handle else None,
        )


def user_handle(account: str) -> bytes:
    """Return whose passkeys are an account's; it says nobody's name."""
    return hashlib.sha256(f"daybook passkey {account}".encode()).digest()


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except PasskeyRefused:
        raise
    except Exception:  # whatever the library meets in what a stranger sends
        raise PasskeyUnsound from None
