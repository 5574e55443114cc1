"""Encryption under a patient's key: AES-256-GCM, bound to the patient and to one use."""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


def encrypt(key: bytes, bound_to: str, clear: bytes) -> str:
    """Encrypt; what is bound to one patient's one use does not open as another. Base64."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, clear, bound_to.encode())).decode()


def decrypt(key: bytes, bound_to: str, sealed: str) -> bytes | None:
    """Decrypt; None where it was encrypted under another key, or is bound to something else.

    So is what is no such text at all.
    """
    try:
        raw = base64.b64decode(sealed)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError):
        return None
