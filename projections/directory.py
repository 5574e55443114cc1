"""The directory: who each patient is, sealed. The one read model with identities in it."""

import sys
from collections.abc import Iterator
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from domain.identity import (
    ContactRecorded,
    IdentityCorrected,
    IdentityForgotten,
    IdentityRecorded,
    RecordNumberAssigned,
    RecordNumberReassigned,
    RecordNumberWithdrawn,
)
from projections.view import Change, View, named_in

SEALED_IDENTITIES: LiteralString = """
    SELECT patient_id, sealed, forgotten FROM directory.people
    WHERE patient_id = ANY (%(patient_ids)s)
"""
"""The sealed identities of patients by their random ids; only the vault opens them."""

NOT_FORGOTTEN: LiteralString = """
    SELECT patient_id FROM directory.people WHERE NOT forgotten
"""
"""All whom nobody has forgotten: of these a key that is missing was lost."""

FACILITY_IDS: LiteralString = "SELECT DISTINCT facility_id FROM directory.people"
"""The facilities that recorded patients: a record number is one facility's."""

WITH_RECORD_NUMBER: LiteralString = """
    SELECT patient_id, facility_id FROM directory.record_numbers
    WHERE record_number_id = ANY (%(record_number_ids)s)
"""
"""Who has one of these record numbers, each known by its keyed hash alone."""

FACILITY_OF: LiteralString = """
    SELECT facility_id FROM directory.people WHERE patient_id = %(patient_id)s
"""
"""Where a patient is known."""

SEALED_CONTACTS: LiteralString = """
    SELECT contact_id, patient_id, sealed FROM directory.contacts
    WHERE contact_id = ANY(%(contact_ids)s)
"""
"""Those close to patients by their ids, sealed, each with the patient whose key opens it."""


class Directory(View):
    """A row for each patient; nothing in it can be read without the vault's keys."""

    name: ClassVar[str] = "directory"
    version: ClassVar[int] = 4
    takes: ClassVar[frozenset[type[Event]] | None] = named_in(sys.modules[__name__])
    tables: ClassVar[LiteralString] = """
        CREATE TABLE people (
            identity_id text PRIMARY KEY,
            patient_id text NOT NULL UNIQUE,
            facility_id text NOT NULL,
            sealed text NOT NULL,
            forgotten boolean NOT NULL DEFAULT false
        );
        COMMENT ON TABLE people IS 'Who each patient is, encrypted under a key of their own.';
        COMMENT ON COLUMN people.identity_id IS 'The identity''s own id.';
        COMMENT ON COLUMN people.patient_id IS 'The random id by which all other tables know them.';
        COMMENT ON COLUMN people.facility_id IS 'The facility that recorded it.';
        COMMENT ON COLUMN people.sealed IS
            'AES-256-GCM, base64; opened when a report is read. Empty once they were forgotten.';
        COMMENT ON COLUMN people.forgotten IS 'Whether they were forgotten on purpose.';

        CREATE TABLE contacts (
            contact_id text PRIMARY KEY,
            patient_id text NOT NULL,
            sealed text NOT NULL
        );
        COMMENT ON TABLE contacts IS
            'Who those close to patients are, encrypted under the patients'' keys.';
        COMMENT ON COLUMN contacts.contact_id IS 'The random id under which they were named.';
        COMMENT ON COLUMN contacts.patient_id IS 'The patient whose key opens it.';
        COMMENT ON COLUMN contacts.sealed IS
            'AES-256-GCM, base64; opened when a page is read. Empty once they were forgotten.';

        CREATE TABLE record_numbers (
            record_number_id text PRIMARY KEY,
            patient_id text NOT NULL,
            facility_id text NOT NULL
        );
        COMMENT ON TABLE record_numbers IS 'Whose each record number is.';
        COMMENT ON COLUMN record_numbers.record_number_id IS 'A keyed hash of the number.';
        COMMENT ON COLUMN record_numbers.patient_id IS 'Whose it is.';
        COMMENT ON COLUMN record_numbers.facility_id IS 'The facility whose number it is.';
    """

    def changes(self, event: Event) -> Iterator[Change]:
        """Keep the last identity of each patient and of those close to them, and their numbers."""
        match event:
            case IdentityRecorded():
                yield (
                    "INSERT INTO people VALUES (%s, %s, %s, %s)",
                    (event.originator_id, event.patient_id, event.facility_id, event.sealed),
                )
            case IdentityCorrected():
                yield (
                    "UPDATE people SET sealed = %s WHERE identity_id = %s",
                    (event.sealed, event.originator_id),
                )
            case IdentityForgotten():
                yield (
                    "UPDATE people SET sealed = '', forgotten = true WHERE identity_id = %s",
                    (event.originator_id,),
                )
                yield "UPDATE contacts SET sealed = '' WHERE patient_id = %s", (event.patient_id,)
            case ContactRecorded():
                yield (
                    "INSERT INTO contacts SELECT %s, patient_id, %s FROM people"
                    " WHERE identity_id = %s ON CONFLICT (contact_id) DO UPDATE"
                    " SET sealed = EXCLUDED.sealed",
                    (event.contact_id, event.sealed, event.originator_id),
                )
            case RecordNumberAssigned() | RecordNumberReassigned():
                yield (
                    "INSERT INTO record_numbers VALUES (%s, %s, %s)",
                    (event.originator_id, event.patient_id, event.facility_id),
                )
            case RecordNumberWithdrawn():
                yield (
                    "DELETE FROM record_numbers WHERE record_number_id = %s",
                    (event.originator_id,),
                )
