"""Who is asked to vouch for heads: the witnesses of a policy file, and a timestamp authority."""

import os
from pathlib import Path

from services.audit.notes.policy_file import SealPolicy, SealPolicyUnsound
from services.audit.sealing.sealer import Witness
from services.audit.witnesses.timestamp import NoTimestamps, check_installed
from services.audit.witnesses.timestamping import TimestampAuthority
from services.audit.witnesses.witnessing import PolicyWitnesses
from services.hosting.settings import BadSetting

SEAL_POLICY = "DAYBOOK_SEAL_POLICY"
TIMESTAMP_URL = "DAYBOOK_TIMESTAMP_URL"


def seal_policy() -> SealPolicy | None:
    """Return the policy of the file that the environment names. Raises BadSetting."""
    if not (named := os.environ.get(SEAL_POLICY)):
        return None
    try:
        return SealPolicy.read(Path(named))
    except SealPolicyUnsound as why:
        raise BadSetting(f"{SEAL_POLICY}: {why}") from None


def seal_witnesses(database_url: str) -> list[Witness]:
    """Return who is asked about each head. Raises BadSetting."""
    found: list[Witness] = []
    policy = seal_policy()
    if policy and any(each.url for each in policy.witnesses.values()):
        found.append(PolicyWitnesses(database_url, policy))
    if url := os.environ.get(TIMESTAMP_URL):
        found.append(_authority(database_url, url))
    return found


def _authority(database_url: str, url: str) -> TimestampAuthority:
    if not url.startswith(("http://", "https://")):
        raise BadSetting(f"{TIMESTAMP_URL} is no address of a timestamp authority, http or https")
    try:
        check_installed()
    except NoTimestamps as why:
        raise BadSetting(f"{TIMESTAMP_URL} is set, and {why}") from None
    return TimestampAuthority(database_url, url)
