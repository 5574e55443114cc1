"""The vault: who patients are, under keys that live outside the journal."""

from services.vault.encryption import KEY_BYTES
from services.vault.identities import Contact, Person
from services.vault.rotation import KeysUnreadable, Rotation
from services.vault.session import VaultSession
from services.vault.site_secrets import WrongSiteKey, has_site_key
from services.vault.vault import Vault

__all__ = [
    "KEY_BYTES",
    "Contact",
    "KeysUnreadable",
    "Person",
    "Rotation",
    "Vault",
    "VaultSession",
    "WrongSiteKey",
    "has_site_key",
]
