"""Recipients outside the program: who they are, and whom a consent means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import NameMissing, NameTaken, OutOfBounds
from domain.recipient import Recipient, RecipientNamed, recipient_meant
from tests.domain.test_facility import facility
from tests.support.domain_examples import CAUSE
from tests.support.given_when_then import fact, given

PAYER = Recipient("acme-health", "Acme Health Plan", "payer", "1 Elm Street")
COURT = Recipient("county-court", "County Drug Court", "court")


def names(recipient: Recipient) -> Callable[[Any], object]:
    return lambda site: site.name_recipient(CAUSE, recipient)


def test_a_recipient_is_named_once_and_anew_where_something_is_otherwise() -> None:
    spec = given(facility(), names(PAYER))
    spec.when(names(PAYER)).then_nothing()
    moved = replace(PAYER, address="2 Elm Street")
    spec.when(names(moved)).then(fact(RecipientNamed, recipient=moved))


@pytest.mark.parametrize("key", ["", "Acme", "acme.health", "acme health", "*", "-acme", "a" * 64])
def test_its_id_is_a_token_of_a_subject(key: str) -> None:
    given(facility()).when(names(replace(PAYER, recipient_id=key))).then_refused(OutOfBounds)


def test_it_has_a_name() -> None:
    given(facility()).when(names(replace(PAYER, name=" "))).then_refused(NameMissing)


@pytest.mark.parametrize(
    "other",
    [replace(COURT, name=PAYER.name), replace(COURT, name="acme-health")],
    ids=["its name", "its id"],
)
def test_no_two_go_by_one_word(other: Recipient) -> None:
    given(facility(), names(PAYER)).when(names(other)).then_refused(NameTaken)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("acme-health", PAYER),
        ("Acme Health Plan", PAYER),
        ("County Drug Court", COURT),
        ("Acme", None),
        ("", None),
    ],
)
def test_a_consent_means_a_recipient_by_its_id_or_name(word: str, meant: Recipient | None) -> None:
    known = {each.recipient_id: each for each in (PAYER, COURT)}
    assert recipient_meant(word, known) == meant
