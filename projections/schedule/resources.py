"""Where it all takes place: sites, rooms, staff and their credentials, programs."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.facility import (
    CredentialRecorded,
    FacilityOpened,
    FacilityRevised,
    RoomOpened,
    RoomRevised,
    StaffJoined,
    StaffRevised,
)
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE facilities (
        facility_id text PRIMARY KEY,
        name text NOT NULL,
        timezone text NOT NULL,
        week_starts_on text NOT NULL
    );
    COMMENT ON TABLE facilities IS 'The sites.';
    COMMENT ON COLUMN facilities.facility_id IS 'The site''s id.';
    COMMENT ON COLUMN facilities.name IS 'What the site is called.';
    COMMENT ON COLUMN facilities.timezone IS 'Its IANA zone: wall times are on its clocks.';
    COMMENT ON COLUMN facilities.week_starts_on IS 'monday or sunday.';

    CREATE TABLE rooms (
        facility_id text,
        room_id text,
        name text NOT NULL,
        capacity integer NOT NULL,
        PRIMARY KEY (facility_id, room_id)
    );
    COMMENT ON TABLE rooms IS 'The rooms of each site.';
    COMMENT ON COLUMN rooms.facility_id IS 'The site.';
    COMMENT ON COLUMN rooms.room_id IS 'The room''s id at the site.';
    COMMENT ON COLUMN rooms.name IS 'What the room is called.';
    COMMENT ON COLUMN rooms.capacity IS 'How many patients it holds.';

    CREATE TABLE staff (
        facility_id text,
        staff_id text,
        name text NOT NULL,
        credential text NOT NULL,
        PRIMARY KEY (facility_id, staff_id)
    );
    COMMENT ON TABLE staff IS 'The people who lead sessions.';
    COMMENT ON COLUMN staff.facility_id IS 'The site.';
    COMMENT ON COLUMN staff.staff_id IS 'The person''s id at the site.';
    COMMENT ON COLUMN staff.name IS 'The person''s name.';
    COMMENT ON COLUMN staff.credential IS
        'The credential that the staff list gives; it holds where credentials has none.';

    CREATE TABLE credentials (
        facility_id text,
        staff_id text,
        number integer,
        name text NOT NULL,
        first_day date NOT NULL,
        last_day date,
        PRIMARY KEY (facility_id, staff_id, number)
    );
    COMMENT ON TABLE credentials IS
        'Credentials by their days. Of several that are good on a day the last one holds.';
    COMMENT ON COLUMN credentials.facility_id IS 'The site.';
    COMMENT ON COLUMN credentials.staff_id IS 'The person of staff.';
    COMMENT ON COLUMN credentials.number IS 'Grows with each that is put on record.';
    COMMENT ON COLUMN credentials.name IS 'The credential.';
    COMMENT ON COLUMN credentials.first_day IS 'The first day on which it is good.';
    COMMENT ON COLUMN credentials.last_day IS 'The last one; empty where it has no end.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep what there is at a site now."""
    match event:
        case FacilityOpened():
            yield (
                "INSERT INTO facilities VALUES (%s, %s, %s, %s)",
                (event.facility_id, event.name, event.timezone, event.week_starts_on),
            )
        case FacilityRevised():
            yield (
                "UPDATE facilities SET name = %s, week_starts_on = %s WHERE facility_id = %s",
                (event.name, event.week_starts_on, event.facility_id),
            )
        case RoomOpened() | RoomRevised():
            yield (
                "INSERT INTO rooms VALUES (%s, %s, %s, %s) ON CONFLICT (facility_id, room_id)"
                " DO UPDATE SET name = EXCLUDED.name, capacity = EXCLUDED.capacity",
                (event.facility_id, event.room_id, event.name, event.capacity),
            )
        case StaffJoined() | StaffRevised():
            yield (
                "INSERT INTO staff VALUES (%s, %s, %s, %s) ON CONFLICT (facility_id, staff_id)"
                " DO UPDATE SET name = EXCLUDED.name, credential = EXCLUDED.credential",
                (event.facility_id, event.staff_id, event.name, event.credential),
            )
        case CredentialRecorded():
            credential, number = event.credential, event.originator_version
            yield (
                "INSERT INTO credentials VALUES (%s, %s, %s, %s, %s, %s)",
                (
                    event.facility_id,
                    event.staff_id,
                    number,
                    credential.name,
                    credential.first_day,
                    credential.last_day,
                ),
            )
