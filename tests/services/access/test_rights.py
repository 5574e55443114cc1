"""The table of rights: nothing is missing from it, and nothing is in it that is not there."""

import ast
import inspect
from typing import get_args

from services.access import hidden_parts, rights, rights_table
from services.access.api_rights import OF_THE_API
from services.access.document_rights import DOCUMENTS
from services.access.principal import Grant, Principal, Role, principal_of_client
from services.access.rights import ALL, NONE, OWN, Reach, actions_of, columns, reach
from services.access.rights_rows import Row
from services.application import COMMANDS
from services.documents.kinds import KINDS
from services.reports.history_wording import Part
from services.reports.patient_page import page_of
from services.reports.questions import QUESTIONS

HERE, ELSEWHERE = "oak-street", "elm-street"


def somebody(*roles: Role, scopes: frozenset[str] | None = None) -> Principal:
    grants = tuple(Grant(each, HERE, staff_id="s-diaz") for each in roles)
    return Principal("jpark", "Jo Park", grants, "token" if scopes else "password", scopes)


def actions(rows: tuple[Row, ...]) -> list[str]:
    return [action for row in rows for action in row.actions]


def test_each_command_stands_in_the_table_once_and_nothing_else_does() -> None:
    assert sorted(actions(rights_table.COMMANDS)) == sorted(COMMANDS)


def test_each_question_stands_in_the_table_once_and_nothing_else_does() -> None:
    assert sorted(actions(rights_table.QUESTIONS)) == sorted(QUESTIONS)


def test_each_kind_of_document_stands_in_the_table_once_and_nothing_else_does() -> None:
    assert sorted(actions(DOCUMENTS)) == sorted(f"document {each}" for each in KINDS)


def test_what_is_left_out_of_an_answer_is_a_part_of_it() -> None:
    for (_, name), hidden in hidden_parts.HIDDEN.items():
        parts = {each.name for each in QUESTIONS[name].columns} or page_sections()
        if name == "history":
            parts = set(get_args(Part))
        assert hidden <= parts, name


def page_sections() -> set[str]:
    """What a patient's page has, by its code: the keys of the facts from which it is made."""
    made = ast.parse(inspect.getsource(page_of))
    (facts,) = [
        each.value
        for each in ast.walk(made)
        if isinstance(each, ast.AnnAssign) and isinstance(each.value, ast.Dict)
    ]
    return {str(ast.literal_eval(key)) for key in facts.keys if key}


def test_no_action_stands_in_the_table_twice() -> None:
    everything = [
        *actions(rights_table.COMMANDS),
        *actions(rights_table.QUESTIONS),
        *actions(DOCUMENTS),
        *actions(OF_THE_API),
    ]
    assert len(everything) == len(set(everything)) == len(rights_table.RIGHTS)


def test_what_is_not_in_the_table_is_for_nobody() -> None:
    assert reach(somebody(*Role), "patient.read-mind", HERE) is NONE


def test_a_role_is_worth_nothing_at_another_facility() -> None:
    assert not actions_of(somebody(*Role), ELSEWHERE)


def test_a_role_at_every_facility_is_one_at_each() -> None:
    everywhere = Principal("jpark", "Jo Park", (Grant(Role.DIRECTOR),), "password")
    assert reach(everywhere, "session.check-in", ELSEWHERE) is ALL


def test_of_two_roles_the_one_that_may_more_counts() -> None:
    assert reach(somebody(Role.COUNSELOR), "session.check-in", HERE) is OWN
    assert reach(somebody(Role.COUNSELOR, Role.FRONT_DESK), "session.check-in", HERE) is ALL


def test_scopes_narrow_what_a_role_may_and_add_nothing() -> None:
    scopes = frozenset({"session.check-in", "facility.open"})
    assert actions_of(somebody(Role.FRONT_DESK, scopes=scopes), HERE) == {"session.check-in": ALL}


def test_a_program_of_others_may_by_the_api_what_its_scopes_name_and_nothing_without_any() -> None:
    scopes = frozenset({"billable"})
    assert actions_of(somebody(Role.SERVICE, scopes=scopes), HERE) == {"billable": ALL}
    assert not actions_of(somebody(Role.SERVICE), HERE)


def test_a_client_over_nats_without_an_account_may_send_each_command_of_its_facility() -> None:
    client = principal_of_client("kiosk-1", HERE)
    assert {reach(client, name, HERE) for name in COMMANDS} == {ALL}
    assert {reach(client, name, ELSEWHERE) for name in COMMANDS} == {NONE}


def test_the_operator_may_everything_and_an_auditor_changes_nothing() -> None:
    assert set(actions_of(somebody(Role.OPERATOR), HERE).values()) == {ALL}
    assert set(actions_of(somebody(Role.OPERATOR), HERE)) == set(rights_table.RIGHTS)
    auditor = actions_of(somebody(Role.AUDITOR), HERE)
    assert not set(auditor) & set(COMMANDS)
    documents = {*actions(DOCUMENTS)} - {"document court-report", "document review-packet"}
    assert set(auditor) == {
        *(*actions(rights_table.QUESTIONS), *documents, "changes", "access-log", "status")
    }


def test_an_administrator_sees_no_patient_and_nobody_else_keeps_accounts() -> None:
    administrator = actions_of(somebody(Role.ADMINISTRATOR), HERE)
    assert set(administrator) & set(actions(rights_table.QUESTIONS)) == {"facilities"}
    assert {name.split(".")[0] for name in set(administrator) & set(COMMANDS)} == {"facility"}
    others = [each for each in Role if each not in {Role.ADMINISTRATOR, Role.OPERATOR}]
    assert not {"accounts", "tokens"} & set(actions_of(somebody(*others), HERE))


def test_only_a_counselor_and_a_patient_have_something_of_their_own() -> None:
    own = {
        role
        for row in rights_table.RIGHTS.values()
        for role, far in row.may.items()
        if far is Reach.OWN
    }
    assert own == {Role.COUNSELOR, Role.PATIENT}
    assert set(actions_of(somebody(Role.PATIENT), HERE).values()) == {OWN}


def test_the_front_desk_and_the_biller_are_shown_nothing_clinical_of_a_patients_page() -> None:
    for role in (Role.FRONT_DESK, Role.BILLER):
        hidden = columns(somebody(role), "patient", HERE)
        assert hidden
        assert hidden >= hidden_parts.CLINICAL
    assert columns(somebody(Role.DIRECTOR), "patient", HERE) is None


def test_who_is_front_desk_and_counselor_sees_clinical_parts_of_their_own_patients_alone() -> None:
    both = somebody(Role.FRONT_DESK, Role.COUNSELOR)
    assert columns(both, "patient", HERE) == columns(somebody(Role.FRONT_DESK), "patient", HERE)
    assert columns(both, "patient", HERE, own=True) is None
    assert columns(somebody(Role.COUNSELOR), "patient", HERE) is None


def test_of_two_roles_what_both_are_not_shown_is_left_out() -> None:
    shown = columns(somebody(Role.FRONT_DESK, Role.BILLER), "patient", HERE)
    assert shown == hidden_parts.CLINICAL


def test_an_emergency_opens_what_is_about_patients_to_whoever_has_them_before_them() -> None:
    may = {role for role in Role if rights.may_read_in_emergency(somebody(role), "findings", HERE)}
    assert may == {
        *(Role.FRONT_DESK, Role.COUNSELOR, Role.DIRECTOR, Role.COMPLIANCE, Role.OPERATOR)
    }
    desk = somebody(Role.FRONT_DESK)
    assert not rights.may_read_in_emergency(desk, "findings", ELSEWHERE)
    assert not rights.may_read_in_emergency(desk, "access-log", HERE)
    assert not rights.may_read_in_emergency(desk, "session.check-in", HERE)
