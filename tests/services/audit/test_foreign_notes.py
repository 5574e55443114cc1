"""Heads as sigstore-python reads them (Rekor's log uses the same notes), where it is installed.

It is none of the packages that development installs: `pip install sigstore`, and run this file.
"""

import base64
from typing import Any

import pytest

from services.audit.checkpoint import Checkpoint
from services.audit.cosigning_key import CosigningKey
from services.audit.signed_note import SignedNote, SigningKey, VerifierKey

foreign = pytest.importorskip("sigstore._internal.rekor.checkpoint")
trust = pytest.importorskip("sigstore._internal.trust")

LOG = SigningKey.generate("clinic.example/1")


def keyring(key: VerifierKey) -> Any:
    """Their keyring with one public key, which they take as X.509 has it."""
    common_v1 = trust.common_v1
    ed25519_in_x509 = bytes.fromhex("302a300506032b6570032100")
    return trust.Keyring(
        [
            common_v1.PublicKey(
                raw_bytes=base64.b64encode(ed25519_in_x509 + key.public),
                key_details=common_v1.PublicKeyDetails.PKIX_ED25519,
            )
        ]
    )


def test_sigstore_reads_and_verifies_a_cosigned_head() -> None:
    head = Checkpoint(LOG.name, 1_026_200, bytes(range(32)))
    cosigned = CosigningKey.generate("payer.example/w").cosign(head.text(), 1_790_000_000)
    note = SignedNote(head.text(), (LOG.sign_note(head.text()),)).with_signatures(cosigned)
    theirs = foreign.SignedCheckpoint.from_text(bytes(note).decode())
    said = theirs.checkpoint
    assert (said.origin, said.log_size) == (head.origin, head.size)
    assert said.log_hash == head.root.hex()
    assert [each.name for each in theirs.signed_note.signatures] == [
        each.name for each in note.signatures
    ]
    theirs.signed_note.verify(keyring(LOG.verifier), LOG.verifier.key_id)
    stranger = SigningKey.generate(LOG.name).verifier
    with pytest.raises(trust.VerificationError, match="invalid signature"):
        theirs.signed_note.verify(keyring(stranger), LOG.verifier.key_id)
