"""How a clinic's files grow and change between two imports, and what the second one records.

A case edits a copy of `tests/clinics/base` twice: `before` makes the files that are imported at
`first_now`, `edit` those that are imported at `second_now`. Each of `topics` has to be among what
the second import records, and nothing may be but those and `consequences`. Where `sound`, the
reports then equal the oracle's on the files named by `reports_of`, at `second_now`; where not, the
second import names `refused` and records nothing. `warned` are rows that are gone, by file and key.
"""

from tests.services.clinic_import.growth_cases.case import GrowthCase
from tests.services.clinic_import.growth_cases.days import DAYS
from tests.services.clinic_import.growth_cases.gone import GONE, REFUSED
from tests.services.clinic_import.growth_cases.people import PEOPLE
from tests.services.clinic_import.growth_cases.sessions import OWN_SESSIONS
from tests.services.clinic_import.growth_cases.site import SITE, STILL
from tests.services.clinic_import.growth_cases.tracks import TRACKS

GROWTH: list[GrowthCase] = [
    *STILL,
    *SITE,
    *TRACKS,
    *OWN_SESSIONS,
    *PEOPLE,
    *DAYS,
    *GONE,
    *REFUSED,
]
