"""What keeps findings from being whole is said: nothing is left out without a word."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from domain.compliance import hours
from domain.compliance.evaluation import stay
from domain.compliance.finding import Finding
from domain.compliance.period import Period
from domain.policy import Adopted
from projections.compliance import Compliance
from services.application.policies import adopt_policy, drop_policy
from services.application.sessions import close_session
from services.hosting.status import Status
from services.messaging.stream import Unpublishable
from services.read_models.execution import ViewStopped
from tests.support.backend import Backend
from tests.support.evaluated_clinic import house_rules
from tests.support.small_clinic import ANN, FACILITY, MONDAY, PROGRAM, SmallClinic

NOW = datetime(2025, 3, 31, 9, tzinfo=UTC)


def clinic_on(backend: Backend) -> SmallClinic:
    """A clinic whose program is under a policy, with a patient whose evening was recorded."""
    clinic = SmallClinic(backend.journal, vault=backend.vault)
    policy = house_rules(attended_minutes_min=540)
    clinic.daybook.handle(clinic.context(), adopt_policy, FACILITY, PROGRAM, policy, MONDAY)
    clinic.enrol(ANN)
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    return clinic


async def judged(backend: Backend) -> Status:
    async with backend.supervisor(Compliance()) as supervisor:
        await supervisor.caught_up(backend.journal.position())
        return await supervisor.status()


def attended_hours(_week: Period, _adopted: Adopted) -> Finding | None:
    """A rule that is called like one that the policy asks for."""
    raise ZeroDivisionError


async def test_a_rule_that_fails_stops_the_view_and_status_says_where(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic_on(backend)
    monkeypatch.setattr(stay, "WEEKLY", (attended_hours,))
    supervisor = backend.supervisor(Compliance())
    async with supervisor:
        with pytest.raises(ViewStopped) as stopped:
            await supervisor.caught_up(backend.journal.position())
        status = await supervisor.status()
    assert stopped.value.view == "compliance"
    assert "ZeroDivisionError in test_compliance_failures.py" in stopped.value.because
    (view,) = status.views
    assert (view.stopped_at, view.stopped_because) == (
        stopped.value.stopped_at,
        stopped.value.because,
    )
    monkeypatch.setattr(stay, "WEEKLY", hours.WEEKLY)
    (mended,) = (await judged(backend)).views
    assert mended.stopped_at is None
    assert backend.rows("SELECT count(*) > 4 FROM compliance.findings") == [(True,)]


async def test_an_event_of_a_topic_that_nobody_knows_is_named_by_status(backend: Backend) -> None:
    clinic_on(backend)
    whole = await judged(backend)
    assert whole.stream
    assert whole.stream.held_up is None
    last: Any = backend.journal.at(backend.journal.position())
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO journal.journal_events (originator_id, originator_version, topic, state)"
            " SELECT originator_id, originator_version + 1, 'patient.abducted', state"
            " FROM journal.journal_events WHERE notification_id = %s",
            (last.id,),
        )
    with pytest.raises(Unpublishable, match=r"patient\.abducted"):
        await judged(backend)
    status = await backend.supervisor(Compliance()).status()
    assert status.stream
    assert "patient.abducted" in str(status.stream.held_up)
    assert [each.lag for each in status.views] == [1]


async def test_a_program_under_no_policy_is_named(backend: Backend) -> None:
    clinic = clinic_on(backend)
    (view,) = (await judged(backend)).views
    assert view.warnings == ()
    clinic.daybook.handle(clinic.context(), drop_policy, FACILITY, PROGRAM, "house", MONDAY)
    (view,) = (await judged(backend)).views
    assert [each.partition(":")[0] for each in view.warnings] == [
        f"no policy is in force for program {PROGRAM} at {FACILITY}"
    ]


async def test_a_view_that_was_never_made_lacks_nothing_yet(backend: Backend) -> None:
    status = await backend.supervisor(Compliance()).status()
    assert [each.warnings for each in status.views] == [()]
