"""What an import of a clinic's files refuses, and what only looks as if it should.

Every case is an edit of a copy of `tests/clinics/base`. A fault names the files and lines that have
to be reported; rows that fail because of it may be reported as well, and are not listed. All cases
are meant for an import at `NOW`.
"""

from tests.services.clinic_import.clinic_edits import FaultCase
from tests.services.clinic_import.fault_cases.days import DAY_FAULTS, ONE_PASS_FAULTS
from tests.services.clinic_import.fault_cases.facility import FACILITY_FAULTS
from tests.services.clinic_import.fault_cases.places import CROWD_FAULTS, PLACE_FAULTS
from tests.services.clinic_import.fault_cases.references import (
    ORDER_FAULTS,
    REFERENCE_FAULTS,
    TWICE_FAULTS,
)
from tests.services.clinic_import.fault_cases.values import (
    empty_faults,
    shape_faults,
    wrong_kind_faults,
)

FAULTS: list[FaultCase] = [
    *FACILITY_FAULTS,
    *shape_faults(),
    *empty_faults(),
    *wrong_kind_faults(),
    *REFERENCE_FAULTS,
    *ORDER_FAULTS,
    *TWICE_FAULTS,
    *PLACE_FAULTS,
    *CROWD_FAULTS,
    *DAY_FAULTS,
    *ONE_PASS_FAULTS,
]
