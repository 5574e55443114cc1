import sys
from pathlib import Path

import pytest

from services.audit.notes.cosigning_key import CosigningKey
from services.audit.witnesses.witnessing import PolicyWitnesses
from services.hosting.seal_witnesses import SEAL_POLICY, TIMESTAMP_URL, seal_witnesses
from services.hosting.settings import BadSetting

URL = "postgresql://nobody@127.0.0.1/nowhere"
KEY = CosigningKey.generate("payer.example/w").verifiers[0]


def test_without_a_policy_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SEAL_POLICY, raising=False)
    monkeypatch.delenv(TIMESTAMP_URL, raising=False)
    assert seal_witnesses(URL) == []


@pytest.mark.parametrize(("where", "asked"), [("", 0), ("https://payer.example/w", 1)])
def test_witnesses_are_asked_where_the_policy_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, asked: int
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(f"witness payer {KEY} {where}\nquorum payer\n")
    monkeypatch.setenv(SEAL_POLICY, str(policy))
    found = seal_witnesses(URL)
    assert len(found) == asked
    assert all(isinstance(each, PolicyWitnesses) for each in found)


def test_a_policy_that_cannot_be_read_says_the_setting_and_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(f"witness payer {KEY}\nquorum nobody\n")
    monkeypatch.setenv(SEAL_POLICY, str(policy))
    with pytest.raises(BadSetting, match=f"^{SEAL_POLICY}: policy, line 2"):
        seal_witnesses(URL)
    monkeypatch.setenv(SEAL_POLICY, str(tmp_path / "nowhere"))
    with pytest.raises(BadSetting, match=f"^{SEAL_POLICY}: .*nowhere cannot be read"):
        seal_witnesses(URL)


def test_a_timestamp_authority_needs_an_address_and_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(SEAL_POLICY, raising=False)
    monkeypatch.setenv(TIMESTAMP_URL, "tsa.example")
    with pytest.raises(BadSetting, match=f"^{TIMESTAMP_URL} is no address"):
        seal_witnesses(URL)
    monkeypatch.setenv(TIMESTAMP_URL, "http://tsa.example")
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(BadSetting, match=r"install daybook\[timestamps\]"):
        seal_witnesses(URL)
