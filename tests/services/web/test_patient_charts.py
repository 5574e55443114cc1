"""What stands in a patient's charts, and what the menu of records has."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from domain.monitoring.instruments import SUMMED
from services.command_endpoint.registry import COMMANDS
from services.web.forms.shape import arguments_of
from services.web.patient_charts import calendar_of, hours_chart
from services.web.patient_records import GROUPS
from services.web.patient_scales import scale_charts
from tests.services.web.test_patient_week import MONDAY, visit

BY_THEMSELVES = {
    "patient.book-repair",  # booked where it mends something
    "assessment.acknowledge-concern",  # acknowledged where the concern stands
    "drug-testing.draw",  # drawn by Daybook on its own
}


def row(weeks_ago: int, credited: int, verdict: str = "met") -> dict[str, Any]:
    return {
        "week_of": MONDAY - timedelta(weeks=weeks_ago),
        "credited_minutes": credited,
        "required_minutes": 540,
        "credited_days": 3,
        "required_days": 3,
        "verdict": verdict,
    }


def test_a_bar_is_made_of_what_was_attended_made_up_excused_and_is_to_come() -> None:
    excused = visit(1, status="excused")
    made_up = replace(visit(2, 60), is_make_up=True)
    visits = [visit(0, 180), excused, made_up, visit(4)]
    chart = hours_chart([row(1, 540), row(0, 240, "short")], visits, MONDAY)
    assert chart is not None
    before, now = chart.bars
    assert [each.kind for each in now.blocks] == ["att", "mk", "exc", "ghost"]
    attended, made_up_block, *_ = (each.height for each in now.blocks)
    assert round(attended / made_up_block) == 3
    assert (now.note, now.is_short, before.note) == ("so far", False, "")
    assert before.goal == before.top
    assert "4 h of 9 h so far" in chart.says


def test_a_value_never_stands_on_the_line_of_the_plan() -> None:
    chart = hours_chart([row(1, 530, "short"), row(0, 545)], [], None)
    assert chart is not None
    short = chart.bars[0]
    assert short.goal is not None
    assert short.is_short
    assert short.label < short.goal < short.top


def test_the_calendar_says_each_day_in_words() -> None:
    half = replace(visit(1, 170), is_partial=True)
    off = replace(visit(2), called_off=True)
    visits = [visit(0, 180), half, off, visit(3, status="no_show"), visit(4)]
    calendar = calendar_of(visits, MONDAY)
    assert calendar is not None
    cells = {name: cells[0] for name, cells in calendar.rows}
    assert [(each.kind, each.text, each.says) for each in cells.values()] == [
        ("p", "3:00", "attended 3 h"),
        ("h", "2:50", "attended 2 h 50, came late or left early"),
        ("c", "", "called off by the program"),
        ("a", "✕", "no-show"),
        ("s", "6 pm", "scheduled at 6 pm"),
    ]
    assert calendar.counts == {
        **{"over": 3, "attended": 2, "excused": 0, "unexcused": 1, "turned_away": 0, "made_up": 0},
    }


def test_the_bands_of_a_scale_lie_on_each_other_and_hold_their_scores() -> None:
    for instrument, questionnaire in SUMMED.items():
        for summed in questionnaire.scales:
            highest = questionnaire.highest * len(summed.items)
            values = [
                {"day": date(2026, 11, day), "score": score, "band": "", "verified": True}
                for day, score in ((1, 0), (2, highest))
            ]
            scale = {"instrument": instrument, "scale": summed.name, "values": values}
            (chart,) = scale_charts([scale])
            assert len(chart.bands) == len(summed.bands)
            lowest, *_, top = chart.bands
            assert lowest.y <= chart.points[0].y
            assert top.y >= chart.points[1].y
            assert all(a.y > b.y for a, b in zip(chart.bands, chart.bands[1:], strict=False))


def test_everything_that_is_about_a_patient_is_offered_on_their_page() -> None:
    offered = {command for _, commands in GROUPS for command, _ in commands}
    about = {
        name
        for name in COMMANDS
        if name.partition(".")[0]
        in {"patient", "identity", "assessment", "drug-testing", "screening"}
    }
    assert offered <= about
    assert about - offered - BY_THEMSELVES == {"patient.refer"}
    for name in offered - {"patient.merge"}:
        assert "patient_id" in {each.name for each in arguments_of(name)}, name
