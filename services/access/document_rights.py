"""Who may have which document made: what is handed out of a record, whole, and as it is printed.

Each stands under `document` and its kind, as who looked is on record. A document shows all that it
is made of: who may not see a part of it, may not have it made.
"""

from services.access.rights_rows import (
    ALL,
    AUDITOR,
    BILLER,
    COMPLIANCE,
    COUNSELOR,
    DIRECTOR,
    FRONT_DESK,
    OWN,
    Row,
)

DOCUMENTS = (
    Row(
        "A patient's attendance, with what was put right and by whom",
        {**dict.fromkeys((DIRECTOR, COMPLIANCE, AUDITOR), ALL), COUNSELOR: OWN},
        ("document attendance-record",),
    ),
    Row(
        "A record's whole trail, what was told of a patient, and who looked at their record",
        dict.fromkeys((DIRECTOR, COMPLIANCE, AUDITOR), ALL),
        ("document audit-trail", "document disclosure-accounting", "document access-report"),
    ),
    Row(
        "What a court or a payer is told, which is a disclosure of whoever has it made",
        {DIRECTOR: ALL, COUNSELOR: OWN},
        ("document court-report", "document review-packet"),
    ),
    Row(
        "Days and times alone, for the patient, and the sheet of a session: the door",
        {
            **dict.fromkeys((FRONT_DESK, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
            COUNSELOR: OWN,
        },
        ("document attendance-letter", "document sign-in-sheet"),
    ),
    Row(
        "Days that can be billed",
        dict.fromkeys((BILLER, DIRECTOR, COMPLIANCE, AUDITOR), ALL),
        ("document claim-worksheet",),
    ),
    Row(
        "Who is in treatment, and how full the programs are",
        dict.fromkeys((DIRECTOR, COMPLIANCE, AUDITOR), ALL),
        ("document census",),
    ),
)
"""Who may have each kind of document made. The operator may have each of them."""
