"""A consent as it is shown: to whom by name, and whether they are told as events are recorded."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.recipient import Recipient, recipient_meant


def consent_shown(
    row: Any, names: Mapping[str, str], recipients: Mapping[str, Recipient], today: date
) -> dict[str, Any]:
    """Return a consent, by a row of `care.CONSENTS`, and whether anything is delivered under it.

    `names` are those of the patient's supporters, `recipients` those of the site, by their ids.
    """
    delivered_to = recipient_meant(row.recipient, recipients)
    over = row.last_day is not None and row.last_day < today
    revoked = row.revoked_on is not None and row.revoked_on <= today
    return {
        "recipient": delivered_to.name if delivered_to else names.get(row.recipient, row.recipient),
        "delivered": delivered_to is not None,
        "purpose": row.purpose,
        "scope": row.scope,
        "given_on": row.given_on,
        "last_day": row.last_day,
        "revoked_on": row.revoked_on,
        "in_force": row.given_on <= today and not (over or revoked),
        "discloser": row.discloser,
        "redisclosure_told": row.redisclosure_told,
        "signed_by": row.signed_by,
        "interpreter": row.interpreter,
    }
