"""Which credentials ask for a co-signature, from which day on."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from domain.errors import NameMissing, NotOnRecord
from domain.supervision import CredentialSupervised, CredentialUnsupervised, is_supervised
from tests.domain.test_facility import facility
from tests.support.domain_examples import CAUSE
from tests.support.given_when_then import fact, given

FIRST, TENTH, TWENTIETH = (date(2026, 3, day) for day in (1, 10, 20))


Does = Callable[[Any], object]


def says(from_day: date, *, supervised: bool = True, credential: str = "intern") -> Does:
    return lambda site: site.supervise(CAUSE, credential, from_day, supervised=supervised)


def site(*earlier: Does) -> given:
    return given(facility(), *earlier)


def test_a_credential_asks_for_a_co_signature_from_a_day_on() -> None:
    spec = site()
    spec.when(says(TENTH)).then(fact(CredentialSupervised, credential="intern", from_day=TENTH))
    for day, expected in ((FIRST, False), (TENTH, True), (TWENTIETH, True)):
        assert is_supervised(spec.aggregate.supervised, "intern", day) == expected
    assert not is_supervised(spec.aggregate.supervised, "LCSW", TWENTIETH)
    spec.when(says(TENTH)).then_nothing()
    spec.when(says(TWENTIETH)).then_nothing()
    spec.when(says(FIRST)).then(fact(CredentialSupervised, from_day=FIRST))


def test_it_asks_for_none_from_a_later_day_on() -> None:
    spec = site(says(FIRST))
    spec.when(says(TWENTIETH, supervised=False)).then(
        fact(CredentialUnsupervised, credential="intern", from_day=TWENTIETH)
    )
    known = spec.aggregate.supervised
    assert [is_supervised(known, "intern", day) for day in (FIRST, TENTH, TWENTIETH)] == [
        *(True, True, False)
    ]
    spec.when(says(TWENTIETH, supervised=False)).then_nothing()
    spec.when(says(TWENTIETH)).then(fact(CredentialSupervised, from_day=TWENTIETH))


@pytest.mark.parametrize("credential", ["", "  "])
def test_a_credential_has_a_name(credential: str) -> None:
    site().when(says(FIRST, credential=credential)).then_refused(NameMissing)


def test_what_never_asked_for_one_cannot_cease_to() -> None:
    site(says(FIRST)).when(says(TENTH, supervised=False, credential="LCSW")).then_refused(
        NotOnRecord
    )
