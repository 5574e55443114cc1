"""Who may do and see what: one table, which the API, the pages, NATS and the command line ask.

Its rows stand by what belongs together at a clinic. A command or question that has no row is for
nobody, and a test says so. What a role may at a facility is `ALL` of it, or its `OWN`: of a
counselor the sessions that they lead, and the patients whom they are assigned to or who are
expected in such a session; of a patient their own record.
"""

from collections.abc import Iterator, Mapping

from services.access.api_rights import OF_THE_API
from services.access.document_rights import DOCUMENTS
from services.access.principal import Role
from services.access.rights_rows import (
    ADMINISTRATOR,
    ALL,
    AUDITOR,
    BILLER,
    COMPLIANCE,
    COUNSELOR,
    DIRECTOR,
    FRONT_DESK,
    KIOSK,
    OPERATOR,
    OWN,
    PATIENT,
    SERVICE,
    Reach,
    Row,
)

COMMANDS = (
    Row(
        "Who comes and goes: the door",
        {FRONT_DESK: ALL, KIOSK: ALL, COUNSELOR: OWN, DIRECTOR: ALL},
        (
            *("session.check-in", "session.check-out"),
            *("session.check-in-supporter", "session.check-out-supporter"),
        ),
    ),
    Row(
        "Who will not come; a patient can say so of themselves, and nobody has excused it then",
        {FRONT_DESK: ALL, COUNSELOR: OWN, DIRECTOR: ALL, PATIENT: OWN},
        ("session.note-absence",),
    ),
    Row(
        "The sign-in sheet put right, walk-ins, make-ups, waiting lists, and calls to who is away",
        {FRONT_DESK: ALL, COUNSELOR: OWN, DIRECTOR: ALL},
        (
            *("session.undo-check-in", "session.reassign-sign-in", "session.turn-away"),
            *("session.book-patient", "session.release-patient"),
            *("session.wait", "session.stop-waiting"),
            *("session.invite-supporter", "session.release-supporter"),
            *("patient.book-repair", "patient.wait-for-track", "patient.stop-waiting-for-track"),
            *("patient.note-commitment", "patient.attempt-outreach"),
        ),
    ),
    Row(
        "The intake call: to which program somebody is referred. A number that is taken tells of a"
        " patient, whoever they are",
        {FRONT_DESK: ALL, DIRECTOR: ALL},
        ("patient.refer", "patient.correct-record-number"),
    ),
    Row(
        "Names put right, and referrals that lead nowhere",
        {FRONT_DESK: ALL, COUNSELOR: OWN, DIRECTOR: ALL},
        ("patient.correct-identity", "patient.close-referral"),
        candidates=True,
    ),
    Row(
        "Intake by a clinician, of candidates whom no counselor is assigned to yet",
        {COUNSELOR: OWN, DIRECTOR: ALL},
        ("screening.screen", "patient.refer-up", "patient.admit", "patient.give-consent"),
        candidates=True,
    ),
    Row(
        "The treatment of one's patients",
        {COUNSELOR: OWN, DIRECTOR: ALL},
        (
            *("patient.set-plan", "patient.taper-plan", "patient.review-plan"),
            *("patient.certify-care", "patient.justify-stay", "patient.discharge"),
            *("patient.sign-discharge-summary", "patient.record-incident"),
            "patient.withdraw-incident",
            *("patient.grant-leave", "patient.revise-leave", "patient.accept-collisions"),
            *("patient.enrol", "patient.end-enrolment", "patient.correct-enrolment"),
            *("patient.revoke-consent", "patient.disclose"),
            *("patient.name-supporter", "patient.remove-supporter"),
            *("patient.report-support-meeting", "patient.verify-support-meeting"),
            *("patient.refer-to-resource", "patient.record-resource-outcome"),
            *("assessment.take", "assessment.acknowledge-concern"),
            *("drug-testing.set-draws", "drug-testing.end-draws", "drug-testing.draw"),
            "drug-testing.set-phase",
            *("drug-testing.order", "drug-testing.notify", "drug-testing.call-off"),
            *("drug-testing.collect", "drug-testing.hand-over", "drug-testing.refuse"),
            *("drug-testing.miss", "drug-testing.report-result", "drug-testing.correct-result"),
        ),
    ),
    Row(
        "What medical personnel were told in an emergency: whoever was there",
        {FRONT_DESK: ALL, COUNSELOR: OWN, DIRECTOR: ALL},
        ("patient.disclose-in-emergency",),
    ),
    Row(
        "What was told by a court's order, in an audit, or by another rule without a consent",
        {COMPLIANCE: ALL, DIRECTOR: ALL},
        ("patient.disclose-without-consent",),
    ),
    Row(
        "One's groups, and the record of them",
        {COUNSELOR: OWN, DIRECTOR: ALL},
        (
            *("session.start", "session.close", "session.cosign-note"),
            *("session.sign-group-note", "session.sign-individual-note", "session.sign-sheet"),
            *("session.schedule", "session.reschedule", "session.call-off", "session.restore"),
        ),
    ),
    Row(
        "A room that is needed, for a group that begins now",
        {FRONT_DESK: ALL, COUNSELOR: OWN, DIRECTOR: ALL},
        ("session.substitute-room",),
    ),
    Row(
        "What is the director's to decide: who leads and who treats, what was recorded of a stay",
        {DIRECTOR: ALL},
        (
            *("session.substitute-staff", "patient.assign-counselor", "patient.merge"),
            *("patient.correct-admission", "patient.take-discharge-back"),
        ),
    ),
    Row(
        "To forget who somebody is, for good: asked of the director, or of who sees to the law",
        {DIRECTOR: ALL, COMPLIANCE: ALL},
        ("identity.forget",),
    ),
    Row(
        "Programs, and the series of their groups, with everybody's bookings",
        {DIRECTOR: ALL},
        (
            *("program.open", "program.revise", "program.keep-track", "program.extend-track"),
            *("program.change-following", "program.change-meeting", "program.restore-meeting"),
            *("program.declare-closure", "program.lift-closure"),
        ),
    ),
    Row(
        "By which rules a patient is judged, and by which not",
        {COMPLIANCE: ALL, DIRECTOR: ALL},
        (
            *("program.adopt-policy", "program.drop-policy"),
            *("facility.adopt-payer-policy", "facility.drop-payer-policy"),
            *("patient.waive-rule", "patient.withdraw-waiver"),
        ),
    ),
    Row(
        "Who pays, and for how much",
        {BILLER: ALL, DIRECTOR: ALL},
        ("patient.authorize", "patient.change-payer"),
    ),
    Row(
        "Care elsewhere, of which a clinic hears from the patient or from who pays",
        {COUNSELOR: OWN, BILLER: ALL, DIRECTOR: ALL},
        ("patient.record-partial-hospitalization", "patient.withdraw-partial-hospitalization"),
    ),
    Row(
        "The site: its rooms, its staff and their credentials",
        {ADMINISTRATOR: ALL, DIRECTOR: ALL},
        (
            *("facility.revise", "facility.keep-room", "facility.keep-staff"),
            *("facility.record-credential", "facility.set-closing-delay"),
            *("facility.supervise-credential", "facility.unsupervise-credential"),
        ),
    ),
    Row(
        "Who outside the program can be told of patients, as their consents allow",
        {COMPLIANCE: ALL, DIRECTOR: ALL},
        ("facility.name-recipient",),
    ),
    Row("A site that begins", {ADMINISTRATOR: ALL}, ("facility.open",)),
)
"""Who may send each command. Programs of others and the operator may send each of them."""

QUESTIONS = (
    Row(
        "What there is at a site, by its ids: what a form offers; it says nothing of patients",
        dict.fromkeys(
            (FRONT_DESK, COUNSELOR, DIRECTOR, COMPLIANCE, BILLER, AUDITOR, ADMINISTRATOR), ALL
        ),
        ("facilities",),
    ),
    Row(
        "What is on, and where; it says of nobody who they are",
        {
            **dict.fromkeys((FRONT_DESK, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            **dict.fromkeys((COUNSELOR, PATIENT), OWN),
        },
        ("schedule",),
    ),
    Row(
        "Who is expected, who came, and who is called what: the door",
        {
            **dict.fromkeys((FRONT_DESK, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            COUNSELOR: OWN,
        },
        ("roster", "sessions"),
    ),
    Row(
        "A patient is found by name or number",
        {
            **dict.fromkeys((FRONT_DESK, BILLER, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            COUNSELOR: OWN,
        },
        ("patients",),
        candidates=True,
    ),
    Row(
        "A patient's page; the front desk and the biller are shown a part of it",
        {
            **dict.fromkeys((FRONT_DESK, BILLER, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            **dict.fromkeys((COUNSELOR, PATIENT), OWN),
        },
        ("patient",),
        candidates=True,
    ),
    Row(
        "What was recorded, by whom and when; who recorded it is the staff's to know, no patient's",
        {
            **dict.fromkeys((FRONT_DESK, BILLER, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            COUNSELOR: OWN,
        },
        ("history",),
        candidates=True,
    ),
    Row(
        "The whole trail of what was recorded, and what of a patient was told to whom",
        {**dict.fromkeys((DIRECTOR, COMPLIANCE, AUDITOR), ALL), COUNSELOR: OWN},
        ("trail", "disclosures"),
    ),
    Row(
        "Hours: what was attended, and what a week still lacks",
        {
            **dict.fromkeys((FRONT_DESK, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            **dict.fromkeys((COUNSELOR, PATIENT), OWN),
        },
        ("visits", "weeks"),
    ),
    Row(
        "What the rules came to, what is due, and who is slipping away",
        {**dict.fromkeys((DIRECTOR, COMPLIANCE, AUDITOR), ALL), COUNSELOR: OWN},
        (
            *("findings", "open-findings", "deadlines", "at-risk", "slipping", "explain"),
            "exceptions",
        ),
    ),
    Row(
        "By which rules people are judged; it says nothing of patients",
        dict.fromkeys((COUNSELOR, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
        ("policies",),
    ),
    Row(
        "What another policy would turn; nothing is recorded",
        dict.fromkeys((DIRECTOR, COMPLIANCE, AUDITOR), ALL),
        ("policy-preview",),
    ),
    Row(
        "Days that can be billed",
        dict.fromkeys((BILLER, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
        ("billable",),
    ),
)
"""Who may ask each question. Programs of others ask those that their scopes name."""


def _by_action(rows: tuple[Row, ...], also: Mapping[Role, Reach]) -> Iterator[tuple[str, Row]]:
    for row in rows:
        for action in row.actions:
            yield action, Row(row.why, {**row.may, **also}, row.actions, row.candidates)


RIGHTS: Mapping[str, Row] = {
    **dict(_by_action(COMMANDS, {SERVICE: ALL, OPERATOR: ALL})),
    **dict(_by_action(QUESTIONS, {SERVICE: ALL, OPERATOR: ALL})),
    **dict(_by_action(DOCUMENTS, {OPERATOR: ALL})),
    **dict(_by_action(OF_THE_API, {OPERATOR: ALL})),
}
"""By the name of each command, question, document and thing of the API, who may."""

IN_EMERGENCY = frozenset(action for row in QUESTIONS for action in row.actions)
"""What an emergency opens: what is about patients, to read."""
