from domain.aggregate import event_classes
from domain.errors import NumberTaken, PersonForgotten
from domain.identity import (
    ContactRecorded,
    Identity,
    IdentityCorrected,
    IdentityForgotten,
    IdentityRecorded,
    KioskCodeReplaced,
    RecordNumber,
    RecordNumberAssigned,
    RecordNumberReassigned,
    RecordNumberWithdrawn,
)
from domain.kiosk_code import KioskCodeGiven, KioskCodeGivenAgain, KioskCodeWithdrawn
from tests.support.domain_examples import CAUSE, FACILITY
from tests.support.given_when_then import fact, given


def identity() -> Identity:
    return Identity.start(CAUSE, facility_id=FACILITY, patient_id="patient-1", sealed="c2VhbGVk")


def number() -> RecordNumber:
    return RecordNumber.assign(
        CAUSE, facility_id=FACILITY, keyed_hash="5f2a", patient_id="patient-1"
    )


def test_who_a_patient_is_is_recorded_sealed() -> None:
    given().when(lambda _: identity()).then(
        fact(IdentityRecorded, patient_id="patient-1", sealed="c2VhbGVk")
    )


def test_an_identity_is_found_by_its_patient() -> None:
    assert identity().id == Identity.id_of("patient-1") == "identity-patient-1"


def test_a_correction_is_sealed_as_well() -> None:
    given(identity()).when(lambda i: i.correct(CAUSE, "YW5ldw==")).then(
        fact(IdentityCorrected, sealed="YW5ldw==")
    )


def test_a_record_number_is_assigned_under_its_keyed_hash() -> None:
    given().when(lambda _: number()).then(fact(RecordNumberAssigned, patient_id="patient-1"))
    assert number().id == RecordNumber.id_of("5f2a") == "record-number-5f2a"


def test_assigning_a_number_to_its_patient_again_records_nothing() -> None:
    given(number()).when(lambda n: n.reassign(CAUSE, "patient-1")).then_nothing()


def test_a_number_that_is_somebody_elses_is_refused() -> None:
    given(number()).when(lambda n: n.reassign(CAUSE, "patient-2")).then_refused(NumberTaken)


def test_a_mistyped_number_is_withdrawn_and_can_be_another_patients() -> None:
    spec = given(number()).when(lambda n: n.withdraw(CAUSE, "patient-1"))
    spec.then(fact(RecordNumberWithdrawn, patient_id="patient-1"))
    assert (spec.aggregate.patient_id, spec.aggregate.withdrawn_from) == (None, "patient-1")
    spec.when(lambda n: n.withdraw(CAUSE, "patient-1")).then_nothing()
    spec.when(lambda n: n.reassign(CAUSE, "patient-2")).then(
        fact(RecordNumberReassigned, patient_id="patient-2")
    )
    spec.when(lambda n: n.reassign(CAUSE, "patient-1")).then_refused(NumberTaken)


def test_a_number_is_withdrawn_from_the_patient_who_has_it_alone() -> None:
    given(number()).when(lambda n: n.withdraw(CAUSE, "patient-2")).then_nothing()


def test_only_events_of_identity_say_who_somebody_is() -> None:
    domain = [each for each in event_classes() if each.__module__.startswith("domain.")]
    private = {each for each in domain if each.PRIVACY == "identity"}
    assert private == {
        ContactRecorded,
        IdentityCorrected,
        IdentityForgotten,
        IdentityRecorded,
        KioskCodeGiven,
        KioskCodeGivenAgain,
        KioskCodeReplaced,
        KioskCodeWithdrawn,
        RecordNumberAssigned,
        RecordNumberReassigned,
        RecordNumberWithdrawn,
    }


def test_who_a_contact_is_is_kept_with_the_identity() -> None:
    spec = given(identity()).when(lambda i: i.keep_contact(CAUSE, "supporter-1", "YW5u"))
    spec.then(fact(ContactRecorded, contact_id="supporter-1", sealed="YW5u"))
    assert spec.aggregate.contacts == {"supporter-1": "YW5u"}


def test_what_somebody_answered_and_what_a_test_found_is_clinical() -> None:
    domain = [each for each in event_classes() if each.__module__.startswith("domain.")]
    of: dict[str, set[str]] = {"clinical": set(), "care": set(), "identity": set()}
    for each in domain:
        of[each.PRIVACY].add(each.TOPIC.split(".")[0])
    assert of["clinical"] == {"assessment", "drug-testing", "incidents", "screening"}
    # Whoever reads one class sees each aggregate whole, version after version.
    assert of["clinical"].isdisjoint(of["care"] | of["identity"])
    assert of["care"].isdisjoint(of["identity"])


def test_who_is_forgotten_is_forgotten_once_and_for_good() -> None:
    because = "asked for in writing"
    forgotten = fact(IdentityForgotten, patient_id="patient-1", because=because)
    given(identity()).when(lambda i: i.forget(CAUSE, because)).then(forgotten)
    spec = given(identity(), lambda i: i.forget(CAUSE, because))
    spec.when(lambda i: i.forget(CAUSE, "again")).then_nothing()
    spec.when(lambda i: i.correct(CAUSE, "YW5ldw==")).then_refused(PersonForgotten)
    spec.when(lambda i: i.keep_contact(CAUSE, "c-1", "YQ==")).then_refused(PersonForgotten)
