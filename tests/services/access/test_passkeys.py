"""Passkeys, registered and used with an authenticator in software."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from webauthn.helpers import base64url_to_bytes

from services.access.passkey_refusals import (
    ChallengeUnknown,
    CountedBack,
    LastPasskey,
    NameUnfit,
    NobodyVerified,
    PasskeyMissing,
    PasskeyNeeded,
    PasskeyOfAnother,
    PasskeyRefused,
    PasskeysNeedName,
    PasskeyThere,
    PasskeyUnknown,
    PasskeyUnsound,
    TooManyPasskeys,
    WrongPlace,
)
from services.access.passkeys import MOST, Passkeys, needs_passkey
from services.access.principal import Grant, Role
from services.access.public_url import public_url
from services.access.refusals import NoSuchAccount
from services.access.store import AccessStore
from tests.support.backend import Backend, ManualClock
from tests.support.passkey_authenticator import Authenticator

ORIGIN = "https://daybook.clinic.example"


@pytest.fixture
def passkeys(store: AccessStore) -> Passkeys:
    for account, name in (("adiaz", "Ana Diaz"), ("kim", "Kim Lee")):
        store.accounts.add(account, name, [Grant(Role.DIRECTOR)], with_password=False)
    return Passkeys(store.database, store.accounts, public_url(ORIGIN))


def registered(passkeys: Passkeys, account: str = "adiaz", **of: Any) -> Authenticator:
    authenticator = Authenticator(ORIGIN, **of)
    answer = authenticator.register(passkeys.registration_options(account))
    passkeys.register(account, "phone", answer)
    return authenticator


def signed_in(passkeys: Passkeys, authenticator: Authenticator) -> str:
    return passkeys.sign_in(authenticator.sign_in(passkeys.sign_in_options()))


# To register


def test_browsers_are_asked_for_a_passkey_that_names_its_owner_and_verifies_them(
    passkeys: Passkeys,
) -> None:
    options = passkeys.registration_options("adiaz")
    assert options["rp"] == {"name": "Daybook", "id": "daybook.clinic.example"}
    assert (options["user"]["name"], options["user"]["displayName"]) == ("adiaz", "Ana Diaz")
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["timeout"] == 300_000
    assert options["challenge"] != passkeys.registration_options("adiaz")["challenge"]


@pytest.mark.parametrize("attests", ["none", "packed"])
def test_a_passkey_signs_in_whoever_registered_it(passkeys: Passkeys, attests: str) -> None:
    authenticator = registered(passkeys, attests=attests)
    assert signed_in(passkeys, authenticator) == "adiaz"
    assert passkeys.sign_in_options()["userVerification"] == "required"


def test_a_passkey_that_is_registered_already_is_not_registered_again(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    options = passkeys.registration_options("adiaz")
    [known] = passkeys.all("adiaz")
    assert [each["id"] for each in options["excludeCredentials"]] == [known.passkey_id]
    with pytest.raises(PasskeyThere):
        passkeys.register("adiaz", "again", authenticator.register(options))
    copy = Authenticator(ORIGIN, credential_id=authenticator.credential_id)
    with pytest.raises(PasskeyThere):
        passkeys.register("kim", "mine", copy.register(passkeys.registration_options("kim")))
    assert signed_in(passkeys, authenticator) == "adiaz"


def test_what_was_asked_of_one_account_registers_for_no_other(passkeys: Passkeys) -> None:
    answer = Authenticator(ORIGIN).register(passkeys.registration_options("kim"))
    with pytest.raises(PasskeyOfAnother):
        passkeys.register("adiaz", "phone", answer)
    assert passkeys.all("adiaz") == passkeys.all("kim") == []


@pytest.mark.parametrize(
    ("of", "refusal"),
    [
        ({"origin": "https://daybook.clinic.example.evil.example"}, WrongPlace),
        ({"origin": "http://daybook.clinic.example"}, WrongPlace),
        ({"verifies": False}, NobodyVerified),
    ],
)
def test_a_passkey_made_elsewhere_or_for_nobody_is_not_registered(
    passkeys: Passkeys, of: dict[str, Any], refusal: type[PasskeyRefused]
) -> None:
    options = passkeys.registration_options("adiaz")
    with pytest.raises(refusal):
        passkeys.register(
            "adiaz", "phone", Authenticator(**{"origin": ORIGIN, **of}).register(options)
        )
    assert passkeys.all("adiaz") == []


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "n" * 101, "\x00"])
def test_a_passkey_has_a_name_of_one_line(passkeys: Passkeys, name: str) -> None:
    answer = Authenticator(ORIGIN).register(passkeys.registration_options("adiaz"))
    with pytest.raises(NameUnfit):
        passkeys.register("adiaz", name, answer)
    assert passkeys.register("adiaz", "the key on the ring", answer).name == "the key on the ring"


def test_an_account_has_so_many_passkeys_and_no_more(passkeys: Passkeys) -> None:
    for _ in range(MOST):
        registered(passkeys)
    with pytest.raises(TooManyPasskeys, match=f"{MOST} passkeys already"):
        registered(passkeys)


def test_nobody_without_an_account_registers_one(passkeys: Passkeys) -> None:
    with pytest.raises(NoSuchAccount):
        passkeys.registration_options("somebody")


@pytest.mark.parametrize("address", ["https://192.0.2.1", "http://127.0.0.1:8480", "http://[::1]"])
def test_browsers_have_passkeys_only_for_a_name(store: AccessStore, address: str) -> None:
    with pytest.raises(PasskeysNeedName, match="set DAYBOOK_PUBLIC_URL"):
        Passkeys(store.database, store.accounts, public_url(address))


# To sign in


def test_a_challenge_is_answered_once(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    answer = authenticator.sign_in(passkeys.sign_in_options())
    assert passkeys.sign_in(answer) == "adiaz"
    with pytest.raises(ChallengeUnknown):
        passkeys.sign_in(answer)


def test_a_challenge_is_used_up_by_an_answer_that_is_refused(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    answer = authenticator.sign_in(passkeys.sign_in_options())
    authenticator.origin = "https://evil.example"
    challenge = {"challenge": passkeys.sign_in_options()["challenge"], "rpId": "evil.example"}
    with pytest.raises(WrongPlace, match=ORIGIN):
        passkeys.sign_in(authenticator.sign_in(challenge))
    authenticator.origin = ORIGIN
    challenge["rpId"] = "daybook.clinic.example"
    with pytest.raises(ChallengeUnknown):
        passkeys.sign_in(authenticator.sign_in(challenge))
    assert passkeys.sign_in(answer) == "adiaz"


def test_a_challenge_nobody_drew_or_of_the_other_ceremony_is_refused(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    made_up = {"challenge": "bm90IGRyYXdu", "rpId": "daybook.clinic.example"}
    with pytest.raises(ChallengeUnknown):
        passkeys.sign_in(authenticator.sign_in(made_up))
    to_register = passkeys.registration_options("adiaz")["challenge"]
    with pytest.raises(ChallengeUnknown):
        passkeys.sign_in(authenticator.sign_in({**made_up, "challenge": to_register}))
    to_sign_in = passkeys.sign_in_options()["challenge"]
    options = {**passkeys.registration_options("kim"), "challenge": to_sign_in}
    with pytest.raises(ChallengeUnknown):
        passkeys.register("kim", "phone", Authenticator(ORIGIN).register(options))


def test_a_challenge_is_good_for_five_minutes(passkeys: Passkeys, clock: ManualClock) -> None:
    authenticator = registered(passkeys)
    answer, late = [authenticator.sign_in(passkeys.sign_in_options()) for _ in range(2)]
    clock.move(minutes=4, seconds=59)
    assert passkeys.sign_in(answer) == "adiaz"
    clock.move(seconds=1)
    with pytest.raises(ChallengeUnknown, match="longer than 5 minutes"):
        passkeys.sign_in(late)


def test_of_two_answers_to_one_challenge_at_once_one_signs_in(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    answer = authenticator.sign_in(passkeys.sign_in_options())

    def outcome(_: int) -> str:
        try:
            return passkeys.sign_in(answer)
        except ChallengeUnknown:
            return "refused"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(outcome, range(4))) == ["adiaz", *["refused"] * 3]


def test_a_count_that_goes_back_is_a_copy_and_refused(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys, count=5)
    authenticator.count = 9
    assert signed_in(passkeys, authenticator) == "adiaz"
    for count in (9, 8, 0):
        authenticator.count = count
        with pytest.raises(CountedBack, match="as a copy would be"):
            signed_in(passkeys, authenticator)
    authenticator.count = 10
    assert signed_in(passkeys, authenticator) == "adiaz"


def test_a_passkey_that_counts_nothing_signs_in_again_and_again(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    assert [signed_in(passkeys, authenticator) for _ in range(2)] == ["adiaz", "adiaz"]


def test_whoever_has_the_passkey_and_was_not_verified_is_not_signed_in(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    authenticator.verifies = False
    with pytest.raises(NobodyVerified, match="set a PIN"):
        signed_in(passkeys, authenticator)


def test_another_key_under_the_same_id_signs_nobody_in(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    forged = Authenticator(ORIGIN, credential_id=authenticator.credential_id)
    forged.user_handle = authenticator.user_handle
    with pytest.raises(PasskeyUnsound):
        signed_in(passkeys, forged)


def test_a_passkey_that_nobody_registered_signs_nobody_in(passkeys: Passkeys) -> None:
    with pytest.raises(PasskeyUnknown):
        signed_in(passkeys, Authenticator(ORIGIN))


def test_a_passkey_that_says_to_be_anothers_is_refused(passkeys: Passkeys) -> None:
    mine, theirs = registered(passkeys), registered(passkeys, "kim")
    mine.user_handle = theirs.user_handle
    with pytest.raises(PasskeyOfAnother):
        signed_in(passkeys, mine)


def test_the_passkeys_of_a_disabled_account_sign_nobody_in(
    passkeys: Passkeys, store: AccessStore
) -> None:
    authenticator = registered(passkeys)
    store.accounts.disable("adiaz")
    with pytest.raises(PasskeyUnknown):
        signed_in(passkeys, authenticator)
    store.accounts.enable("adiaz")
    assert signed_in(passkeys, authenticator) == "adiaz"


def test_after_a_password_only_the_accounts_own_passkey_counts(passkeys: Passkeys) -> None:
    mine, theirs = registered(passkeys), registered(passkeys, "kim")
    options = passkeys.sign_in_options("adiaz")
    [own] = passkeys.all("adiaz")
    assert [each["id"] for each in options["allowCredentials"]] == [own.passkey_id]
    with pytest.raises(PasskeyOfAnother):
        passkeys.sign_in(theirs.sign_in(options))
    assert passkeys.sign_in(mine.sign_in(passkeys.sign_in_options("adiaz"))) == "adiaz"


NOT_SAID: tuple[Any, ...] = (None, 7, "", "!", "é", "AAAA", [], {})


def test_whatever_is_no_answer_is_refused_in_a_sentence(passkeys: Passkeys) -> None:
    authenticator = registered(passkeys)
    for name in ("id", "rawId", "type", "response"):
        for said in NOT_SAID:
            answer = authenticator.sign_in(passkeys.sign_in_options())
            with pytest.raises(PasskeyRefused):
                passkeys.sign_in({**answer, name: said})
    for name in ("clientDataJSON", "authenticatorData", "signature"):
        for said in NOT_SAID:
            answer = authenticator.sign_in(passkeys.sign_in_options())
            answer["response"][name] = said
            with pytest.raises(PasskeyRefused):
                passkeys.sign_in(answer)
    with pytest.raises(PasskeyUnsound):
        passkeys.sign_in({})


def test_whatever_is_no_passkey_is_not_registered(passkeys: Passkeys) -> None:
    for name in ("clientDataJSON", "attestationObject"):
        for said in NOT_SAID:
            answer = Authenticator(ORIGIN).register(passkeys.registration_options("kim"))
            answer["response"][name] = said
            with pytest.raises(PasskeyRefused):
                passkeys.register("kim", "phone", answer)
    assert passkeys.all("kim") == []


def test_a_passkey_need_not_say_whose_it_is(passkeys: Passkeys) -> None:
    answer = registered(passkeys).sign_in(passkeys.sign_in_options())
    del answer["response"]["userHandle"]
    assert passkeys.sign_in(answer) == "adiaz"


# Somebody's own


def test_whoever_registered_passkeys_sees_and_removes_them(
    passkeys: Passkeys, clock: ManualClock
) -> None:
    first = registered(passkeys)
    clock.move(minutes=1)
    registered(passkeys)
    signed_in(passkeys, first)
    shown = passkeys.all("adiaz")
    assert [each.last_used_at for each in shown] == [clock.now, None]
    with pytest.raises(PasskeyMissing):
        passkeys.remove("kim", shown[0].passkey_id)
    passkeys.remove("adiaz", shown[0].passkey_id)
    assert passkeys.all("adiaz") == shown[1:]
    for passkey_id in (shown[0].passkey_id, "", "!", "é"):
        with pytest.raises(PasskeyMissing):
            passkeys.remove("adiaz", passkey_id)
    with pytest.raises(PasskeyUnknown):
        signed_in(passkeys, first)


def test_an_account_needs_a_passkey_only_where_it_has_one(
    passkeys: Passkeys, store: AccessStore
) -> None:
    with pytest.raises(PasskeyNeeded):
        passkeys.require("adiaz", required=True)
    registered(passkeys)
    assert not needs_passkey(store.database, "adiaz")
    assert passkeys.require("adiaz", required=True)
    assert not passkeys.require("adiaz", required=True)
    assert needs_passkey(store.database, "adiaz")
    assert not needs_passkey(store.database, "kim")
    [only] = passkeys.all("adiaz")
    with pytest.raises(LastPasskey):
        passkeys.remove("adiaz", only.passkey_id)
    assert passkeys.all("adiaz") == [only]
    assert passkeys.require("adiaz", required=False)
    passkeys.remove("adiaz", only.passkey_id)


def test_whoever_gets_a_new_password_from_an_administrator_begins_without_passkeys(
    passkeys: Passkeys, store: AccessStore
) -> None:
    mine, theirs = registered(passkeys), registered(passkeys, "kim")
    passkeys.require("adiaz", required=True)
    store.accounts.reset("adiaz")
    assert passkeys.all("adiaz") == []
    assert not needs_passkey(store.database, "adiaz")
    with pytest.raises(PasskeyUnknown):
        signed_in(passkeys, mine)
    assert signed_in(passkeys, theirs) == "kim"


def test_nothing_is_kept_that_answers_a_challenge(passkeys: Passkeys, backend: Backend) -> None:
    challenge = base64url_to_bytes(passkeys.sign_in_options()["challenge"])
    kept = backend.rows("SELECT challenge_hash FROM access.passkey_challenges")
    assert kept == [(hashlib.sha256(challenge).digest(),)]


def test_challenges_that_are_good_for_nothing_are_forgotten(
    passkeys: Passkeys, backend: Backend, clock: ManualClock
) -> None:
    for _ in range(3):
        passkeys.sign_in_options()
    clock.move(minutes=5)
    passkeys.sign_in_options()
    assert backend.rows("SELECT count(*) FROM access.passkey_challenges") == [(1,)]
