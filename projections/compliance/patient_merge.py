"""Merging: what is known of two records of one person is known of the one that goes on."""

from dataclasses import replace
from datetime import date

from domain.compliance.facts import PatientFacts, Stay
from projections.compliance.case_file import EVER

LISTS = (
    "reviews",
    "justified",
    "certified",
    "attempts",
    "tests",
    "testing",
    "phases",
    "incidents",
    "summaries",
    "leaves",
    "disclosed",
)
"""What was done with a patient, and when they were away, under whichever record."""


def merge(duplicate: PatientFacts, into: PatientFacts, event_id: str) -> date:
    """Move what is known of a record to the one that goes on.

    Of a session that both have the visit is to be looked at again. Returns the first day of which
    anything may be otherwise.
    """
    duplicate.merged_into = into.patient_id
    into.records += [duplicate.patient_id, *duplicate.records]
    into.merges += [event_id, *duplicate.merges]
    into.stays = _put_together(into.stays, duplicate.stays)
    first = min((each.from_day for each in into.payers), default=None)
    paid = [each for each in duplicate.payers if first is None or each.from_day < first]
    into.payers = [*paid, *into.payers]
    for name in LISTS:
        setattr(into, name, [*getattr(duplicate, name), *getattr(into, name)])
    into.hospitalized = duplicate.hospitalized | into.hospitalized
    into.consents = duplicate.consents | into.consents
    into.positives = duplicate.positives | into.positives
    into.authorized = duplicate.authorized | into.authorized
    for instrument, done in duplicate.assessments.items():
        into.assessments[instrument] = [*done, *into.assessments.get(instrument, [])]
    into.visits = duplicate.visits | into.visits
    days = [each.admitted_on for each in (*into.stays, *duplicate.stays)]
    return min(days, default=EVER)


def _put_together(stays: list[Stay], others: list[Stay]) -> list[Stay]:
    """Return the treatments of two records: those that overlap are one, from the earlier day on."""
    found = list(stays)
    for other in others:
        same = next((each for each in found if _overlap(each, other)), None)
        if same is None:
            found.append(other)
        elif other.admitted_on < same.admitted_on:
            told = (*same.evidence[: same.admission], *other.evidence[: other.admission])
            found[found.index(same)] = replace(
                same,
                admitted_on=other.admitted_on,
                evidence=(*told, *same.evidence[same.admission :]),
                admission=len(told),
            )
    return sorted(found, key=lambda each: each.admitted_on)


def _overlap(stay: Stay, other: Stay) -> bool:
    return stay.covers(max(stay.admitted_on, other.admitted_on)) and other.covers(
        max(stay.admitted_on, other.admitted_on)
    )
