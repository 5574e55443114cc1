"""What is said at a kiosk, sealed by the tablet to this site: HPKE (RFC 9180), base mode.

DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. The private key derives from the site's, so
that nothing has to be stored, and what waits in a tablet opens after a restart.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.vault import Vault

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the group of P-256 (FIPS 186)."""


class NotSealedHere(Exception):
    """What a kiosk sent does not open: it was sealed for another site, or changed on the way."""


class KioskSealing:
    """Opens what tablets sealed to its public key."""

    def __init__(self, vault: Vault) -> None:
        wide = hmac.new(vault.kiosk_secret(), b"p256", hashlib.sha512).digest()
        scalar = int.from_bytes(wide) % (_ORDER - 1) + 1
        self._private = ec.derive_private_key(scalar, ec.SECP256R1())

    @property
    def public_key(self) -> bytes:
        """The public key, an uncompressed point."""
        return self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def opened(self, sealed: bytes, facility_id: str, press_id: str, said: str) -> str:
        """Return the code that was typed. It opens as what it was sealed for, and nothing else."""
        try:
            clear = SUITE.decrypt(sealed, self._private, info_of(facility_id, press_id, said))
            return clear.decode("ascii")
        except (InvalidTag, ValueError):
            raise NotSealedHere from None


def info_of(facility_id: str, press_id: str, said: str) -> bytes:
    """Return to what a code is bound when it is sealed."""
    return "\x1f".join(("daybook kiosk 1", facility_id, press_id, said)).encode()
