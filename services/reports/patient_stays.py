"""The referral and the treatments of a patient, as they stand on the patient's page."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.author import name_of
from services.reports.patient_page_text import Facts


def candidacy_shown(row: Any) -> Facts:
    """Return the last candidacy of a patient."""
    return {
        "program": row.program_id,
        "referred_on": row.referred_on,
        "by": row.referred_by,
        "origin": row.origin,
        "recommended_level": row.recommended_level,
        "state": row.state,
        "referred_up_to": row.referred_up_to,
        "reasons": row.reasons,
    }


def episode_shown(row: Any, summary: Any | None) -> Facts:
    """Return a treatment, with who signed its summary first."""
    return {
        "episode": row.episode,
        "program": row.program_id,
        "admitted_on": row.admitted_on,
        "payer": row.payer,
        "focus": row.focus,
        "override": row.override,
        "discharged_on": row.discharged_on,
        "discharge_kind": row.discharge_kind,
        "discharge_reasons": row.discharge_reasons,
        "to_level": row.to_level,
        "of_a_merged_record": row.recorded_as != row.patient_id,
        "summary": summary
        and {
            "signed_on": summary.signed_on,
            "by": name_of(summary.author).removesuffix(f", {summary.credential}"),
            "credential": summary.credential,
        },
    }


def summaries_of(episodes: Sequence[Any], signed: Sequence[Any]) -> dict[tuple[str, int], Any]:
    """Return the first signature under each summary, by the record and the number of its episode.

    It is of the treatment that had begun last by the day on which it was said to end.
    """
    found: dict[tuple[str, int], Any] = {}
    for each in signed:
        begun = [
            episode
            for episode in episodes
            if episode.recorded_as == each.recorded_as and episode.admitted_on <= each.discharged_on
        ]
        if begun:
            last = max(begun, key=lambda episode: episode.admitted_on)
            found.setdefault((last.recorded_as, last.episode), each)
    return found


def incident_shown(row: Any) -> Facts:
    """Return what the program learned of a patient, and when."""
    return {"kind": row.kind, "learned_on": row.learned_on}


def stable_since(decided: list[Any], episodes: list[Any]) -> date | None:
    """Return since when the patient is stable in the present treatment, or the last one."""
    began = episodes[0].admitted_on if episodes else date.max
    return next((each.stable_from for each in decided if each.stable_from >= began), None)
