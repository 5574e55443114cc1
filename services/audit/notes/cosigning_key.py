"""A witness's key: what it was told to remember it signs again, with the time."""

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.audit.notes.cosignature import ed25519_message, ml_dsa_message, timed
from services.audit.notes.signed_note import (
    SEED_BYTES,
    NoteUnsound,
    Signature,
    SignatureType,
    VerifierKey,
)


@dataclass(frozen=True, slots=True)
class CosigningKey:
    """A witness's name and 32 secret bytes, which make two keys. Its repr shows no secret.

    C2SP tlog-cosignature asks for ML-DSA-44 of what is new, and what is there today reads Ed25519:
    so it signs with both, and whoever checks has one of them. The bytes are the Ed25519 key; the
    seed of the other is derived from them, so that neither is of use against the other.
    """

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise NoteUnsound(f"a witness's key has {SEED_BYTES} bytes")

    @classmethod
    def generate(cls, name: str) -> "CosigningKey":
        """Make a new key."""
        return cls(name, secrets.token_bytes(SEED_BYTES))

    def __repr__(self) -> str:
        return f"CosigningKey({self.name!r})"

    @property
    def verifiers(self) -> tuple[VerifierKey, VerifierKey]:
        """Return the public halves: Ed25519 and ML-DSA-44."""
        return (
            VerifierKey(
                self.name,
                SignatureType.ED25519_COSIGNATURE,
                self._ed25519().public_key().public_bytes_raw(),
            ),
            VerifierKey(
                self.name,
                SignatureType.ML_DSA_44_COSIGNATURE,
                self._ml_dsa().public_key().public_bytes_raw(),
            ),
        )

    def cosign(self, text: str, at: int) -> tuple[Signature, Signature]:
        """Sign the text of a checkpoint with both keys, as of a time in seconds since the epoch.

        Raises ValueError where the text is no checkpoint.
        """
        classic, lattice = self.verifiers
        message = ml_dsa_message(text, at, self.name)
        return (
            Signature(
                self.name,
                classic.key_id,
                timed(at, self._ed25519().sign(ed25519_message(text, at))),
            ),
            Signature(self.name, lattice.key_id, timed(at, self._ml_dsa().sign(message))),
        )

    def _ed25519(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _ml_dsa(self) -> MLDSA44PrivateKey:
        derive = HKDF(SHA256(), SEED_BYTES, salt=None, info=b"daybook witness ML-DSA-44")
        return MLDSA44PrivateKey.from_seed_bytes(derive.derive(self.seed))
