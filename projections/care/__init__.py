"""Care: what a patient's treatment is, beyond its hours."""

from typing import LiteralString

TESTED: LiteralString = """
    SELECT patient_id FROM care.testing WHERE facility_id = %(facility_id)s ORDER BY patient_id
"""
