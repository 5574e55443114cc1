"""The view itself: its parts are in the files beside this one."""

import sys
from collections.abc import Iterator
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from domain.patient import PatientMerged
from projections.care import counselors, episodes, monitoring, plans, reported, reviews, support
from projections.view import Change, View, named_in


class Care(View):
    """The way of each patient: candidacy, episodes, plans, monitoring, support and consents."""

    name: ClassVar[str] = "care"
    version: ClassVar[int] = 8
    takes: ClassVar[frozenset[type[Event]] | None] = named_in(
        sys.modules[__name__], counselors, episodes, monitoring, plans, reported, reviews, support
    )
    tables: ClassVar[LiteralString] = (
        episodes.TABLES
        + counselors.TABLES
        + plans.TABLES
        + reviews.TABLES
        + monitoring.TABLES
        + support.TABLES
        + reported.TABLES
        + reviews.REVIEWS_DUE
    )

    def changes(self, event: Event) -> Iterator[Change]:
        """Follow patients, and what is measured of them."""
        match event.TOPIC.partition(".")[0]:
            case "patient":
                yield from episodes.changes(event)
                yield from counselors.changes(event)
                yield from plans.changes(event)
                yield from support.changes(event)
                yield from reported.changes(event)
                if isinstance(event, PatientMerged):
                    yield from _merged(event)
            case "facility":
                yield from reviews.changes(event)
            case "screening":
                yield from episodes.changes(event)
            case "assessment" | "drug-testing":
                yield from monitoring.changes(event)
            case "incidents":
                yield from reported.changes(event)


_OF_THE_OTHER: tuple[LiteralString, ...] = (
    "UPDATE patients SET merged_into = %(into)s WHERE %(duplicate)s IN (patient_id, merged_into)",
    "UPDATE screenings SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE episodes SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE plans SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE reviews SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE assessments SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE concerns SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE testing SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE drug_tests SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "DELETE FROM supporters WHERE patient_id = %(duplicate)s",
    "UPDATE support_meetings SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE resources SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE outreach SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE consents SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE disclosures SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE incidents SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
    "UPDATE discharge_summaries SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
)
"""What a record had belongs to the one that goes on; its supporters are named there anew."""


_TWICE: tuple[LiteralString, ...] = (
    "DELETE FROM support_meetings d USING support_meetings i"
    " WHERE d.meeting_id = i.meeting_id"
    " AND (d.patient_id, i.patient_id) = (%(duplicate)s, %(into)s)",
    "DELETE FROM resources d USING resources i"
    " WHERE d.referral_id = i.referral_id"
    " AND (d.patient_id, i.patient_id) = (%(duplicate)s, %(into)s)",
    "DELETE FROM consents d USING consents i"
    " WHERE d.consent_id = i.consent_id"
    " AND (d.patient_id, i.patient_id) = (%(duplicate)s, %(into)s)",
    "DELETE FROM disclosures d USING disclosures i"
    " WHERE d.disclosure_id = i.disclosure_id"
    " AND (d.patient_id, i.patient_id) = (%(duplicate)s, %(into)s)",
)
"""What the record that goes on has taken over by itself is there once."""


def _merged(event: PatientMerged) -> Iterator[Change]:
    for statement in (*_TWICE, *_OF_THE_OTHER):
        yield statement, {"duplicate": event.originator_id, "into": event.into}
