"""What the days of the week that was worked out by hand are to who pays, by each kind of pack.

The payer has given an authorization: see `worked_week`.
"""

import pytest

from domain.compliance.billing import billable
from domain.policy import Adopted
from services.policy_packs import packs
from tests.support import worked_week


@pytest.mark.parametrize(
    ("policy_id", "days"),
    [
        # Tuesday has 155 minutes, Sunday 60, and Sunday's note is not signed.
        (
            "commercial-per-diem",
            [
                (1, None, ()),
                (0, None, ("minutes",)),
                (1, None, ()),
                (0, None, ("minutes", "signature")),
            ],
        ),
        (
            "va-medicaid-adolescent",
            [(1, None, ()), (1, None, ()), (1, None, ()), (0, None, ("minutes", "signature"))],
        ),
        # On Monday nothing was certified yet. Two services or one are of the lower tier.
        (
            "medicare-iop",
            [
                (0, 1, ("certification",)),
                (1, 1, ()),
                (1, 1, ()),
                (0, 1, ("signature",)),
            ],
        ),
        # It does not say what makes a day.
        (
            "tx-564",
            [
                (0, None, ("policy",)),
                (0, None, ("policy",)),
                (0, None, ("policy",)),
                (0, None, ("policy", "signature")),
            ],
        ),
    ],
)
def test_the_days_of_a_pack_are_billable_as_was_worked_out_by_hand(
    policy_id: str, days: list[tuple[int, int | None, tuple[str, ...]]]
) -> None:
    adopted = Adopted(packs()[policy_id].on(worked_week.SUNDAY), ("program-1:2",))
    found = [
        billable(day, worked_week.PAYER, adopted, [worked_week.CERTIFIED])
        for day in worked_week.DAYS
    ]
    assert [(each.units, each.tier, each.reasons) for each in found] == days
    assert [each.code for each in found] == ["S9480"] * 4
    assert [each.minutes for each in found] == [180, 155, 210, 60]
    # By Medicare's codes Friday's skills are too short to be one.
    fridays = 3 if policy_id == "medicare-iop" else 4
    assert [each.services for each in found] == [2, 2, fridays, 1]
