"""An authenticator in software: makes passkeys and signs with them, as a browser passes it on."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

Json = dict[str, Any]

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """Holds one passkey. What it says of itself can be changed: it counts, and where it is."""

    origin: str
    verifies: bool = True
    count: int = 0
    attests: Literal["none", "packed"] = "none"
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""

    def register(self, options: Json) -> Json:
        """Answer `navigator.credentials.create`."""
        self.user_handle = base64url_to_bytes(options["user"]["id"])
        client = self._client("webauthn.create", options["challenge"])
        said = self._said(options["rp"]["id"], ATTESTED) + (
            bytes(16)
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + self._public_key()
        )
        statement: Json = {}
        if self.attests == "packed":
            statement = {"alg": -7, "sig": self._sign(said, client)}
        made = cbor2.dumps({"fmt": self.attests, "attStmt": statement, "authData": said})
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client),
                "attestationObject": bytes_to_base64url(made),
            }
        )

    def sign_in(self, options: Json) -> Json:
        """Answer `navigator.credentials.get`."""
        client = self._client("webauthn.get", options["challenge"])
        said = self._said(options["rpId"], 0)
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client),
                "authenticatorData": bytes_to_base64url(said),
                "signature": bytes_to_base64url(self._sign(said, client)),
                "userHandle": bytes_to_base64url(self.user_handle),
            }
        )

    def _credential(self, response: Json) -> Json:
        name = bytes_to_base64url(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _client(self, kind: str, challenge: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**client, "crossOrigin": False}).encode()

    def _said(self, rp_id: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        place = hashlib.sha256(rp_id.encode()).digest()
        return place + bytes([flags]) + self.count.to_bytes(4, "big")

    def _sign(self, said: bytes, client: bytes) -> bytes:
        return self.key.sign(said + hashlib.sha256(client).digest(), ECDSA(SHA256()))

    def _public_key(self) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
