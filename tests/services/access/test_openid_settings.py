"""What the environment says of a provider, and of the address at which browsers find Daybook."""

from pathlib import Path

import pytest

from domain.errors import DaybookError
from services.access.openid_settings import OpenIdSettings, openid_settings
from services.access.public_url import named_public_url, public_url

NAMED = {
    "DAYBOOK_OIDC_ISSUER": "https://login.clinic.example/realms/staff",
    "DAYBOOK_OIDC_CLIENT_ID": "daybook",
    "DAYBOOK_PUBLIC_URL": "https://Daybook.clinic.example:8443/",
}


def test_without_an_issuer_there_is_no_provider() -> None:
    assert openid_settings({"DAYBOOK_OIDC_CLIENT_ID": "daybook"}) is None
    assert named_public_url({}) is None


def test_a_provider_is_named_by_three_settings() -> None:
    found = openid_settings(NAMED)
    assert found
    assert found.redirect_uri == ("https://daybook.clinic.example:8443/v1/sign-in/openid/callback")
    assert found.host == "login.clinic.example"
    assert found.client_secret is None
    assert found.account_claim == "preferred_username"
    assert found.account_domain is None


def test_claim_and_domain_can_be_others() -> None:
    found = openid_settings(
        {
            **NAMED,
            "DAYBOOK_OIDC_ACCOUNT_CLAIM": "upn",
            "DAYBOOK_OIDC_ACCOUNT_DOMAIN": "Clinic.example",
        }
    )
    assert found
    assert (found.account_claim, found.account_domain) == ("upn", "clinic.example")


def test_the_secret_is_the_setting_or_a_files_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n", encoding="utf-8")
    by_name = openid_settings({**NAMED, "DAYBOOK_OIDC_CLIENT_SECRET": "hush"})
    by_file = openid_settings({**NAMED, "DAYBOOK_OIDC_CLIENT_SECRET_FILE": str(file)})
    assert isinstance(by_name, OpenIdSettings)
    assert by_name == by_file
    assert by_name.client_secret == "hush"  # noqa: S105 - of a test
    assert "hush" not in repr(by_name)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"DAYBOOK_OIDC_ISSUER": "http://login.clinic.example"}, "begin with https://"),
        ({"DAYBOOK_OIDC_ISSUER": "login.clinic.example"}, "begin with https://"),
        ({"DAYBOOK_OIDC_ISSUER": "https://["}, "begin with https://"),
        ({"DAYBOOK_OIDC_CLIENT_ID": ""}, "DAYBOOK_OIDC_CLIENT_ID is not"),
        ({"DAYBOOK_PUBLIC_URL": ""}, "DAYBOOK_PUBLIC_URL is not"),
        ({"DAYBOOK_PUBLIC_URL": "http://daybook.example"}, "begin with https:// unless"),
        ({"DAYBOOK_PUBLIC_URL": "https://daybook.example/daybook"}, "without a path"),
        ({"DAYBOOK_PUBLIC_URL": "https://me@daybook.example"}, "a scheme and a host alone"),
        ({"DAYBOOK_PUBLIC_URL": "daybook.example"}, "begin with https:// and a host"),
        ({"DAYBOOK_PUBLIC_URL": "https://daybook.example:port"}, "is not an address"),
        ({"DAYBOOK_OIDC_CLIENT_SECRET_FILE": "nowhere"}, "cannot be read"),
        (
            {"DAYBOOK_OIDC_CLIENT_SECRET": "a", "DAYBOOK_OIDC_CLIENT_SECRET_FILE": "b"},
            "set one of them",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(changed: dict[str, str], says: str) -> None:
    with pytest.raises(DaybookError, match=says):
        openid_settings({**NAMED, **changed})


def test_an_empty_file_holds_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.touch()
    with pytest.raises(DaybookError, match="is empty"):
        openid_settings({**NAMED, "DAYBOOK_OIDC_CLIENT_SECRET_FILE": str(file)})


@pytest.mark.parametrize(
    ("given", "origin", "is_named"),
    [
        ("https://daybook.example", "https://daybook.example", True),
        ("https://daybook.example:443/", "https://daybook.example", True),
        ("http://localhost:8480", "http://localhost:8480", True),
        ("http://127.0.0.1:8480", "http://127.0.0.1:8480", False),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443", False),
    ],
)
def test_an_address_is_read_as_browsers_write_an_origin(
    given: str, origin: str, *, is_named: bool
) -> None:
    found = public_url(given)
    assert (found.origin, found.is_named) == (origin, is_named)
