"""The commands about the whole of the care, about somebody who is not there."""

from typing import Any

import pytest

from domain.monitoring.draw import Gaps
from domain.patient import (
    Plan,
    SupportMeeting,
)
from services.application import NotKnown
from services.application.admissions import (
    admit_patient,
    close_referral,
    refer_up,
    screen_patient,
)
from services.application.discharge import discharge_patient, take_discharge_back
from services.application.disclosures import revoke_consent
from services.application.episode import assign_counselor, change_payer, justify_stay
from services.application.monitoring import (
    acknowledge_concern,
    draw_drug_test,
    draw_drug_tests,
    miss_test,
    order_drug_test,
    take_assessment,
)
from services.application.plans import certify_care, review_plan, set_plan, taper_plan
from services.application.support_network import (
    name_supporter,
    report_support_meeting,
    verify_support_meeting,
)
from tests.support.care_path import ANSWERS, LEFT, finding, refused
from tests.support.small_clinic import (
    FRIDAY,
    MONDAY,
    SmallClinic,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


NOBODY: dict[str, Any] = {
    "screen": lambda d, c: d.handle(c, screen_patient, "nobody", MONDAY, finding()),
    "refer up": lambda d, c: d.handle(c, refer_up, "nobody", "3.5", ("too-severe",)),
    "close": lambda d, c: d.handle(c, close_referral, "nobody", "moved"),
    "admit": lambda d, c: d.handle(
        c, admit_patient, "nobody", admitted_on=MONDAY, payer="self", focus="mental-health"
    ),
    "plan": lambda d, c: d.handle(c, set_plan, "nobody", Plan(540, 3), MONDAY),
    "taper": lambda d, c: d.handle(c, taper_plan, "nobody", Plan(540, 3), MONDAY, "1"),
    "review": lambda d, c: d.handle(c, review_plan, "nobody", MONDAY, FRIDAY),
    "certify": lambda d, c: d.handle(c, certify_care, "nobody", MONDAY),
    "pay": lambda d, c: d.handle(c, change_payer, "nobody", "medicaid", MONDAY),
    "assign": lambda d, c: d.handle(c, assign_counselor, "nobody", "staff-1", MONDAY),
    "justify": lambda d, c: d.handle(c, justify_stay, "nobody", MONDAY),
    "assess": lambda d, c: d.handle(c, take_assessment, "nobody", "phq-9", ANSWERS),
    "acknowledge": lambda d, c: d.handle(c, acknowledge_concern, "nothing", "safety-plan"),
    "draw": lambda d, c: d.handle(c, draw_drug_tests, "nobody", Gaps(1, 2)),
    "draw today": lambda d, c: d.handle(c, draw_drug_test, "nobody"),
    "order": lambda d, c: d.handle(c, order_drug_test, "nobody", "intake"),
    "miss": lambda d, c: d.handle(c, miss_test, "nobody", "nothing"),
    "name": lambda d, c: d.handle(c, name_supporter, "nobody", "supporter-1", "sister"),
    "meeting": lambda d, c: d.handle(
        c, report_support_meeting, "nobody", SupportMeeting("meeting-1", "other", MONDAY)
    ),
    "verify": lambda d, c: d.handle(c, verify_support_meeting, "nobody", "meeting-1"),
    "revoke": lambda d, c: d.handle(c, revoke_consent, "nobody", "consent-1", MONDAY),
    "discharge": lambda d, c: d.handle(c, discharge_patient, "nobody", LEFT),
    "take back": lambda d, c: d.handle(c, take_discharge_back, "nobody"),
}


@pytest.mark.parametrize("command", NOBODY.values(), ids=list(NOBODY))
def test_a_command_about_nobody_is_refused(clinic: SmallClinic, command: Any) -> None:
    refused(clinic, NotKnown, command, clinic.daybook, clinic.context())
