"""The tables of attendance. What adds up over them is in `sums`."""

from typing import LiteralString

TREATMENTS: LiteralString = """
    CREATE TABLE facilities (
        facility_id text PRIMARY KEY,
        name text NOT NULL,
        timezone text NOT NULL,
        week_starts_on text NOT NULL
    );
    COMMENT ON TABLE facilities IS 'The sites, and how they count weeks.';
    COMMENT ON COLUMN facilities.facility_id IS 'The site''s id.';
    COMMENT ON COLUMN facilities.name IS 'What the site is called.';
    COMMENT ON COLUMN facilities.timezone IS 'Its IANA zone.';
    COMMENT ON COLUMN facilities.week_starts_on IS 'monday or sunday.';

    CREATE TABLE treatments (
        patient_id text,
        episode integer,
        facility_id text NOT NULL,
        program_id text NOT NULL,
        admitted_on date NOT NULL,
        discharged_on date,
        discharge_kind text,
        PRIMARY KEY (patient_id, episode)
    );
    COMMENT ON TABLE treatments IS 'Each stay of a patient; both of its days are included.';
    COMMENT ON COLUMN treatments.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN treatments.episode IS 'Which of the patient''s stays it is, from 1.';
    COMMENT ON COLUMN treatments.facility_id IS 'The site.';
    COMMENT ON COLUMN treatments.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN treatments.admitted_on IS 'The first day.';
    COMMENT ON COLUMN treatments.discharged_on IS 'The last day; empty while it goes on.';
    COMMENT ON COLUMN treatments.discharge_kind IS 'How the treatment ended.';

    CREATE TABLE merges (
        patient_id text PRIMARY KEY,
        merged_into text NOT NULL
    );
    CREATE INDEX ON merges (merged_into);
    COMMENT ON TABLE merges IS 'The records that were of the same person as another one.';
    COMMENT ON COLUMN merges.patient_id IS 'The random id of the record that was closed.';
    COMMENT ON COLUMN merges.merged_into IS 'The record of the same person that goes on.';

    CREATE TABLE plans (
        patient_id text,
        effective_from date,
        weekly_minutes integer NOT NULL,
        days_per_week integer NOT NULL,
        PRIMARY KEY (patient_id, effective_from)
    );
    COMMENT ON TABLE plans IS 'What a patient''s plan of care asks for, from a day on.';
    COMMENT ON COLUMN plans.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN plans.effective_from IS 'The day from which it holds.';
    COMMENT ON COLUMN plans.weekly_minutes IS 'Minutes a week.';
    COMMENT ON COLUMN plans.days_per_week IS 'Days a week.';
"""

VISITS: LiteralString = """
    CREATE TABLE sessions (
        session_id text PRIMARY KEY,
        facility_id text NOT NULL,
        label text NOT NULL,
        program_id text NOT NULL,
        track_id text,
        day date NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        scheduled_minutes integer NOT NULL,
        called_off boolean NOT NULL DEFAULT false
    );
    COMMENT ON TABLE sessions IS 'The sessions to which the visits belong.';
    COMMENT ON COLUMN sessions.session_id IS 'The session''s id.';
    COMMENT ON COLUMN sessions.facility_id IS 'The site.';
    COMMENT ON COLUMN sessions.label IS 'What the clinic calls the track, or the session.';
    COMMENT ON COLUMN sessions.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN sessions.track_id IS 'The track; empty for a session of its own.';
    COMMENT ON COLUMN sessions.day IS 'The day on the site''s clocks.';
    COMMENT ON COLUMN sessions.starts_at IS 'When it starts (UTC).';
    COMMENT ON COLUMN sessions.ends_at IS 'When it ends (UTC).';
    COMMENT ON COLUMN sessions.scheduled_minutes IS 'Minutes that count: no breaks.';
    COMMENT ON COLUMN sessions.called_off IS 'Whether the program called it off.';

    CREATE TABLE visits (
        session_id text,
        recorded_as text,
        patient_id text NOT NULL,
        role text NOT NULL,
        makes_up text,
        status text NOT NULL,
        late boolean NOT NULL DEFAULT false,
        left_early boolean NOT NULL DEFAULT false,
        credited_minutes integer NOT NULL DEFAULT 0,
        credits jsonb NOT NULL DEFAULT '{}',
        topics jsonb NOT NULL DEFAULT '{}',
        corrections integer NOT NULL DEFAULT 0,
        PRIMARY KEY (session_id, recorded_as)
    );
    CREATE INDEX ON visits (patient_id, session_id);
    CREATE INDEX ON visits (makes_up, patient_id) WHERE makes_up IS NOT NULL;
    COMMENT ON TABLE visits IS
        'Who was expected, or came to make up a visit: what came of it, as it was recorded. Where'
        ' two records of one person were merged, both can have a visit to one session: to count'
        ' and to add up, read counted_visits.';
    COMMENT ON COLUMN visits.session_id IS 'The session.';
    COMMENT ON COLUMN visits.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN visits.patient_id IS
        'The patient''s random id now: another one if the record was merged.';
    COMMENT ON COLUMN visits.role IS 'rostered, or make_up: came for a missed visit.';
    COMMENT ON COLUMN visits.makes_up IS 'The missed session that this visit makes up.';
    COMMENT ON COLUMN visits.status IS
        'scheduled, cancelled, attended, incomplete, turned_away, excused, absent or no_show.';
    COMMENT ON COLUMN visits.late IS 'Came later than the site''s limit after the start.';
    COMMENT ON COLUMN visits.left_early IS 'Left earlier than that limit before the end.';
    COMMENT ON COLUMN visits.credited_minutes IS 'Minutes of presence that count.';
    COMMENT ON COLUMN visits.credits IS 'The same minutes by service.';
    COMMENT ON COLUMN visits.topics IS 'Those of them that were about a topic, by topic.';
    COMMENT ON COLUMN visits.corrections IS 'How often the recorded attendance was corrected.';

    CREATE TABLE absences (
        session_id text,
        recorded_as text,
        reason text NOT NULL,
        notified_at timestamptz NOT NULL,
        excused boolean NOT NULL DEFAULT false,
        PRIMARY KEY (session_id, recorded_as)
    );
    COMMENT ON TABLE absences IS 'Who said that they would not come.';
    COMMENT ON COLUMN absences.session_id IS 'The session.';
    COMMENT ON COLUMN absences.recorded_as IS 'The patient, as in visits.';
    COMMENT ON COLUMN absences.reason IS 'Why not.';
    COMMENT ON COLUMN absences.notified_at IS 'When they said so (UTC).';
    COMMENT ON COLUMN absences.excused IS 'Whether the staff excused it.';
"""

DOOR: LiteralString = """
    CREATE TABLE sign_ins (
        session_id text,
        recorded_as text,
        arrived_at timestamptz,
        left_at timestamptz,
        in_by_kiosk boolean NOT NULL,
        out_by_kiosk boolean NOT NULL,
        PRIMARY KEY (session_id, recorded_as, arrived_at)
    );
    COMMENT ON TABLE sign_ins IS 'The lines of the sign-in sheets, as they are now.';
    COMMENT ON COLUMN sign_ins.session_id IS 'The session.';
    COMMENT ON COLUMN sign_ins.recorded_as IS 'The patient, as in visits.';
    COMMENT ON COLUMN sign_ins.arrived_at IS 'When they came (UTC).';
    COMMENT ON COLUMN sign_ins.left_at IS 'When they left (UTC); empty while nobody said so.';
    COMMENT ON COLUMN sign_ins.in_by_kiosk IS 'Whether they signed themselves in at a kiosk.';
    COMMENT ON COLUMN sign_ins.out_by_kiosk IS 'Whether they signed themselves out at a kiosk.';

    CREATE TABLE held_departures (
        session_id text,
        recorded_as text,
        left_at timestamptz,
        PRIMARY KEY (session_id, recorded_as, left_at)
    );
    COMMENT ON TABLE held_departures IS
        'Departures that were told before their arrival; told meanwhile, it is in sign_ins.';
    COMMENT ON COLUMN held_departures.session_id IS 'The session.';
    COMMENT ON COLUMN held_departures.recorded_as IS 'The patient, as in visits.';
    COMMENT ON COLUMN held_departures.left_at IS 'When they left (UTC).';

    CREATE TABLE turned_away (
        session_id text,
        recorded_as text,
        came_at timestamptz,
        reason text NOT NULL,
        PRIMARY KEY (session_id, recorded_as, came_at)
    );
    COMMENT ON TABLE turned_away IS 'Who came and was not let in.';
    COMMENT ON COLUMN turned_away.session_id IS 'The session.';
    COMMENT ON COLUMN turned_away.recorded_as IS 'The patient, as in visits.';
    COMMENT ON COLUMN turned_away.came_at IS 'When they came (UTC).';
    COMMENT ON COLUMN turned_away.reason IS 'Why they were not let in.';

    CREATE TABLE supporter_sign_ins (
        session_id text,
        supporter_id text,
        arrived_at timestamptz,
        left_at timestamptz,
        PRIMARY KEY (session_id, supporter_id, arrived_at)
    );
    COMMENT ON TABLE supporter_sign_ins IS
        'When people close to a patient came and left; they are no patients and count as none.';
    COMMENT ON COLUMN supporter_sign_ins.session_id IS 'The session.';
    COMMENT ON COLUMN supporter_sign_ins.supporter_id IS 'The supporter''s random id.';
    COMMENT ON COLUMN supporter_sign_ins.arrived_at IS 'When they came (UTC).';
    COMMENT ON COLUMN supporter_sign_ins.left_at IS
        'When they left (UTC); empty while nobody said so.';

    CREATE TABLE corrections (
        event_id text PRIMARY KEY,
        session_id text NOT NULL,
        recorded_as text NOT NULL,
        kind text NOT NULL,
        corrects integer,
        author text NOT NULL,
        credential text,
        at timestamptz NOT NULL,
        reason text NOT NULL
    );
    CREATE INDEX ON corrections (session_id, recorded_as);
    COMMENT ON TABLE corrections IS
        'What was entered late or put right: by whom, when and why. The first record stays.';
    COMMENT ON COLUMN corrections.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN corrections.session_id IS 'The session whose record it is.';
    COMMENT ON COLUMN corrections.recorded_as IS 'The patient whose record it is, as in visits.';
    COMMENT ON COLUMN corrections.kind IS
        'late_sign_in, late_check_out, check_out_corrected, undone, reassigned,'
        ' attendance_corrected or attendance_withdrawn.';
    COMMENT ON COLUMN corrections.corrects IS
        'Version of the corrected event; of changes to the recorded attendance only.';
    COMMENT ON COLUMN corrections.author IS 'By whom.';
    COMMENT ON COLUMN corrections.credential IS 'The author''s at that time, where it is known.';
    COMMENT ON COLUMN corrections.at IS 'When it was recorded (UTC).';
    COMMENT ON COLUMN corrections.reason IS 'Why; empty where nobody was asked yet.';
"""
