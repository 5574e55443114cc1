"""What of an answer or a record a role is not shown, since it does not need it for its work."""

from collections.abc import Mapping

from services.access.principal import Role

CLINICAL = frozenset(
    {
        *("candidacy", "episodes", "to_do", "plan", "screening", "assessments", "drug_tests"),
        *("stable_since", "incidents"),
        *("supporters", "meetings_of_others", "resources", "outreach", "consents", "disclosures"),
    }
)
"""The parts of a patient's page that say for what somebody is treated, and how it goes."""

_OF_A_HISTORY = CLINICAL - {"to_do", "stable_since", "incidents"}

NOT_AT_THE_DOOR = _OF_A_HISTORY | {"authorizations", "waivers", "signatures", "policies"}
NOT_FOR_BILLS = _OF_A_HISTORY | {"visits", "roster", "schedule", "waivers"}
"""The parts of a history that a role is not shown, as it is not shown them elsewhere."""

HIDDEN: Mapping[tuple[Role, str], frozenset[str]] = {
    (Role.FRONT_DESK, "patient"): CLINICAL | {"authorizations"},
    (Role.BILLER, "patient"): CLINICAL | {"next_sessions"},
    (Role.FRONT_DESK, "history"): NOT_AT_THE_DOOR,
    (Role.BILLER, "history"): NOT_FOR_BILLS,
    (Role.BILLER, "patients"): frozenset({"counselor_id", "counselor"}),
    # A random test is a surprise; what the staff still has to do, and was told, is theirs.
    (Role.PATIENT, "patient"): frozenset({"to_do", "drug_tests", "stable_since", "incidents"}),
}
"""The columns of a question, or the parts of a record, that a role is not shown: what it does not
need for its work.

Whom a patient has around them is not the front desk's to see. Who comes along to a session is on
its page by what they are to the patient, so that the desk can sign in the right one: without a name
and without how they are reached.
"""
