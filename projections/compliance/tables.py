"""The tables of compliance. `files` is what is judged by; the others are made for dashboards."""

from typing import LiteralString

FILES: LiteralString = """
    CREATE TABLE files (
        kind text,
        id text,
        facility_id text,
        body text NOT NULL,
        leans_on text[] NOT NULL,
        day date,
        judged_at timestamptz,
        due_at timestamptz,
        waits text NOT NULL,
        watches text[] NOT NULL,
        command_id text,
        told text[] NOT NULL,
        late boolean NOT NULL,
        before text NOT NULL,
        PRIMARY KEY (kind, id)
    );
    CREATE INDEX ON files USING gin (leans_on);
    CREATE INDEX ON files USING gin (watches);
    CREATE INDEX ON files (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX ON files (facility_id, due_at) WHERE due_at IS NOT NULL;
    COMMENT ON TABLE files IS
        'What is known of each patient, session, counselor, program and site, to judge by. Not for'
        ' readers: its shape is the view''s own.';
    COMMENT ON COLUMN files.kind IS
        'patient, session, counselor, program, facility; day: the sessions of a program on one;'
        ' census: who is in a program; testing: whose drug tests a record has.';
    COMMENT ON COLUMN files.id IS 'The aggregate''s id; of a counselor, the site''s and theirs.';
    COMMENT ON COLUMN files.facility_id IS
        'The site; empty for whose drug tests a record has.';
    COMMENT ON COLUMN files.body IS
        'What is known, as JSON, with the events that say so; of a patient but for visits.';
    COMMENT ON COLUMN files.leans_on IS
        'The sites, programs and payers whose policies change how it is judged.';
    COMMENT ON COLUMN files.day IS 'Of a session its day; else empty.';
    COMMENT ON COLUMN files.judged_at IS
        'The instant for which it was judged last; of a site, at which something was recorded there'
        ' last (UTC).';
    COMMENT ON COLUMN files.waits IS
        'Of weeks, days, visits and the whole stay, as JSON: when there is more to say, since when'
        ' something is undecided, and whose open sessions decide.';
    COMMENT ON COLUMN files.watches IS
        'The days of programs whose open sessions decide what can still be done for a patient.';
    COMMENT ON COLUMN files.command_id IS 'The last command that touched it.';
    COMMENT ON COLUMN files.told IS 'That command''s events that did, so far.';
    COMMENT ON COLUMN files.late IS 'Whether any of them is more than a session''s first record.';
    COMMENT ON COLUMN files.before IS
        'The verdicts, as JSON, that stood before that command and that it changed.';
    COMMENT ON COLUMN files.due_at IS 'When it is to be judged again though nothing happens (UTC).';
"""

VISITS: LiteralString = """
    CREATE TABLE visits (
        patient_id text,
        session_id text,
        body text NOT NULL,
        PRIMARY KEY (patient_id, session_id)
    );
    COMMENT ON TABLE visits IS
        'What is known of each patient''s places in sessions, as a part of their files.';
    COMMENT ON COLUMN visits.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN visits.session_id IS 'The session.';
    COMMENT ON COLUMN visits.body IS 'What is known, as JSON, with the events that say so.';
"""

FINDINGS: LiteralString = """
    CREATE TABLE findings (
        finding_id text PRIMARY KEY,
        subject text NOT NULL,
        facility_id text NOT NULL,
        rule text NOT NULL,
        policy_id text NOT NULL,
        version integer NOT NULL,
        patient_id text,
        about text,
        from_day date NOT NULL,
        to_day date NOT NULL,
        state text NOT NULL,
        measured integer,
        required integer NOT NULL,
        unit text NOT NULL,
        because text NOT NULL,
        evidence text[] NOT NULL,
        mends text[] NOT NULL,
        until timestamptz,
        command_id text
    );
    CREATE INDEX ON findings (facility_id, until) WHERE until IS NOT NULL;
    CREATE INDEX ON findings (subject, from_day);
    CREATE INDEX ON findings (facility_id, to_day);
    COMMENT ON TABLE findings IS
        'What each rule of each policy in force comes to, or will if all goes as it is scheduled.';
    COMMENT ON COLUMN findings.finding_id IS
        'What the finding is called; it stays the same when the verdict changes.';
    COMMENT ON COLUMN findings.subject IS
        'Whose file it is about: a patient, session, counselor or program.';
    COMMENT ON COLUMN findings.facility_id IS 'The site.';
    COMMENT ON COLUMN findings.rule IS 'The rule''s name, such as attended-hours.';
    COMMENT ON COLUMN findings.policy_id IS 'The policy that asks for it.';
    COMMENT ON COLUMN findings.version IS 'Its version that was in force.';
    COMMENT ON COLUMN findings.patient_id IS
        'The patient''s random id now; empty where it is about no single patient.';
    COMMENT ON COLUMN findings.about IS
        'The session, counselor or program (site and id there) that it is about; else empty.';
    COMMENT ON COLUMN findings.from_day IS 'The first day that it is about.';
    COMMENT ON COLUMN findings.to_day IS
        'The last one: when it was done, or due; 9000-01-01 while that depends on what is not'
        ' scheduled yet.';
    COMMENT ON COLUMN findings.state IS
        'met, breached, waived, not_applicable or unknown; on_track, at_risk or impossible while'
        ' there is time.';
    COMMENT ON COLUMN findings.until IS
        'Until when it says so if nothing happens (UTC); empty where that is for ever.';
    COMMENT ON COLUMN findings.measured IS 'What was measured; empty where nothing could be.';
    COMMENT ON COLUMN findings.required IS 'What the policy asks for.';
    COMMENT ON COLUMN findings.unit IS 'The unit of both, such as minutes.';
    COMMENT ON COLUMN findings.because IS 'Why, in words.';
    COMMENT ON COLUMN findings.evidence IS
        'The events (aggregate:version) from which it can be worked out again.';
    COMMENT ON COLUMN findings.mends IS
        'The sessions whose record would change the verdict if it were completed.';
    COMMENT ON COLUMN findings.command_id IS
        'The command by which it came to say so; empty where time alone did.';

    CREATE TABLE turns (
        finding_id text,
        at timestamptz,
        command_id text,
        facility_id text NOT NULL,
        rule text NOT NULL,
        policy_id text NOT NULL,
        patient_id text,
        about text,
        from_day date NOT NULL,
        was text,
        state text,
        PRIMARY KEY (finding_id, at, command_id)
    );
    CREATE INDEX ON turns (at);
    COMMENT ON TABLE turns IS
        'Each time that a finding turned: by a command, or because time passed.';
    COMMENT ON COLUMN turns.finding_id IS 'The finding.';
    COMMENT ON COLUMN turns.at IS 'When it turned (UTC).';
    COMMENT ON COLUMN turns.command_id IS
        'The command by which it did; empty where time alone did it.';
    COMMENT ON COLUMN turns.facility_id IS 'The site.';
    COMMENT ON COLUMN turns.rule IS 'The rule''s name.';
    COMMENT ON COLUMN turns.policy_id IS 'The policy that asks for it.';
    COMMENT ON COLUMN turns.patient_id IS 'The patient''s random id; empty where it is about none.';
    COMMENT ON COLUMN turns.about IS
        'The session, counselor or program that it is about; else empty.';
    COMMENT ON COLUMN turns.from_day IS 'The first day that it is about.';
    COMMENT ON COLUMN turns.was IS 'Its state before; empty where it was not there.';
    COMMENT ON COLUMN turns.state IS 'Its state from then on; empty where it is gone.';

    CREATE TABLE revisions (
        finding_id text,
        command_id text,
        subject text NOT NULL,
        at timestamptz NOT NULL,
        was_state text NOT NULL,
        was_measured integer,
        was_required integer NOT NULL,
        was_version integer NOT NULL,
        events text[] NOT NULL,
        PRIMARY KEY (finding_id, command_id)
    );
    CREATE INDEX ON revisions (subject);
    COMMENT ON TABLE revisions IS
        'The verdicts that stood before something was recorded or corrected after the fact.';
    COMMENT ON COLUMN revisions.finding_id IS 'The finding.';
    COMMENT ON COLUMN revisions.command_id IS 'The command that changed it.';
    COMMENT ON COLUMN revisions.subject IS 'Whose file the finding is about.';
    COMMENT ON COLUMN revisions.at IS 'When (UTC).';
    COMMENT ON COLUMN revisions.was_state IS 'The state before.';
    COMMENT ON COLUMN revisions.was_measured IS 'What had been measured before.';
    COMMENT ON COLUMN revisions.was_required IS 'What had been asked for before.';
    COMMENT ON COLUMN revisions.was_version IS 'The version of the policy before.';
    COMMENT ON COLUMN revisions.events IS 'The events of the command that changed it.';
"""

SUMS: LiteralString = """
    CREATE TABLE weeks (
        patient_id text,
        week_of date,
        facility_id text NOT NULL,
        program_id text NOT NULL,
        whole boolean NOT NULL,
        offered_minutes integer NOT NULL,
        attended_minutes integer NOT NULL,
        offered_days integer NOT NULL,
        attended_days integer NOT NULL,
        incomplete_visits integer NOT NULL,
        planned_minutes integer,
        planned_days integer,
        policies text[] NOT NULL,
        PRIMARY KEY (patient_id, week_of)
    );
    CREATE INDEX ON weeks (facility_id, week_of);
    CREATE INDEX ON weeks (facility_id, program_id) WHERE policies = '{}';
    COMMENT ON TABLE weeks IS
        'Each week of a patient''s treatment, the present one as far as it has come; all services.';
    COMMENT ON COLUMN weeks.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN weeks.week_of IS 'The first day of the week, as the site counts.';
    COMMENT ON COLUMN weeks.facility_id IS 'The site.';
    COMMENT ON COLUMN weeks.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN weeks.whole IS 'Whether the patient was in treatment on each of its days.';
    COMMENT ON COLUMN weeks.offered_minutes IS
        'Minutes of the sessions that the patient was expected at and that were not called off.';
    COMMENT ON COLUMN weeks.attended_minutes IS 'Minutes of presence, make-ups too.';
    COMMENT ON COLUMN weeks.offered_days IS 'Days with a session of that kind.';
    COMMENT ON COLUMN weeks.attended_days IS 'Days with a minute of presence.';
    COMMENT ON COLUMN weeks.incomplete_visits IS
        'Visits without a time out, which count for nothing until they have one.';
    COMMENT ON COLUMN weeks.planned_minutes IS 'What the plan of care asks for; empty without one.';
    COMMENT ON COLUMN weeks.planned_days IS 'On how many days; empty without a plan.';
    COMMENT ON COLUMN weeks.policies IS
        'The policies in force at its end; none means that nobody judges it.';

    CREATE TABLE days (
        patient_id text,
        day date,
        facility_id text NOT NULL,
        payer text,
        policy_id text,
        version integer,
        code text,
        minutes integer NOT NULL,
        services integer NOT NULL,
        units integer NOT NULL,
        tier integer,
        exceptional boolean NOT NULL,
        reasons text[] NOT NULL,
        evidence text[] NOT NULL,
        lines jsonb NOT NULL,
        fallback text,
        left_out jsonb NOT NULL,
        PRIMARY KEY (patient_id, day)
    );
    CREATE INDEX ON days (facility_id, day);
    CREATE INDEX ON days (facility_id, payer) WHERE policy_id IS NULL;
    COMMENT ON TABLE days IS 'Each day on which a patient came: whether it can be billed.';
    COMMENT ON COLUMN days.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN days.day IS 'The day on the site''s clocks.';
    COMMENT ON COLUMN days.facility_id IS 'The site.';
    COMMENT ON COLUMN days.payer IS 'Who pays on that day.';
    COMMENT ON COLUMN days.policy_id IS
        'The policy that says what makes a day; empty where none in force does.';
    COMMENT ON COLUMN days.version IS 'Its version.';
    COMMENT ON COLUMN days.code IS 'The code of the authorization that covers it; else empty.';
    COMMENT ON COLUMN days.minutes IS 'Minutes of presence that count.';
    COMMENT ON COLUMN days.services IS
        'Services that count, each once a session; where the policy asks for services, those that'
        ' are long enough for their codes.';
    COMMENT ON COLUMN days.units IS '1 where it can be billed, else 0.';
    COMMENT ON COLUMN days.tier IS 'The payer''s tier by services; empty where there is none.';
    COMMENT ON COLUMN days.exceptional IS 'Whether it has fewer services than the lower tier.';
    COMMENT ON COLUMN days.reasons IS
        'Each reason why it cannot be billed: policy (none says what makes a day), minutes,'
        ' services, primary-service, video, signature, note, cosignature, authorization,'
        ' certification, partial-hospitalization.';
    COMMENT ON COLUMN days.lines IS
        'What is billed: lines of revenue_code, code, units and minutes; none where nothing is.';
    COMMENT ON COLUMN days.fallback IS
        'As what it is billed although it is too short: discrete-services or hourly; else empty.';
    COMMENT ON COLUMN days.left_out IS
        'The services that no line bills: service, code, minutes, and the reason: excluded (beside'
        ' the code of the day), video (which is not covered), minutes (too few for the code) or'
        ' services (there is no code).';

    CREATE TABLE changed_days (
        patient_id text PRIMARY KEY,
        change bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE
    );
    COMMENT ON TABLE changed_days IS 'Whose days were written last, for who compares them.';
    COMMENT ON COLUMN changed_days.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN changed_days.change IS
        'The number of the last change; whose is no higher than one seen are as they were then.';
    COMMENT ON COLUMN days.evidence IS 'The events (aggregate:version) that prove it.';

    CREATE TABLE authorizations (
        authorization_id text,
        patient_id text,
        facility_id text NOT NULL,
        payer text NOT NULL,
        code text NOT NULL,
        units integer NOT NULL,
        used integer NOT NULL,
        units_left integer NOT NULL,
        first_day date NOT NULL,
        last_day date NOT NULL,
        last_used date,
        evidence text[] NOT NULL,
        PRIMARY KEY (patient_id, authorization_id)
    );
    COMMENT ON TABLE authorizations IS 'What is used and left of what payers agreed to.';
    COMMENT ON COLUMN authorizations.authorization_id IS 'The authorization''s random id.';
    COMMENT ON COLUMN authorizations.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN authorizations.facility_id IS 'The site.';
    COMMENT ON COLUMN authorizations.payer IS 'Who pays.';
    COMMENT ON COLUMN authorizations.code IS 'The code that is billed.';
    COMMENT ON COLUMN authorizations.units IS 'How many days were agreed to.';
    COMMENT ON COLUMN authorizations.used IS 'How many were used, as far as is recorded.';
    COMMENT ON COLUMN authorizations.units_left IS 'How many are left; below 0: too many used.';
    COMMENT ON COLUMN authorizations.first_day IS 'The first day, included.';
    COMMENT ON COLUMN authorizations.last_day IS 'The last day, included.';
    COMMENT ON COLUMN authorizations.last_used IS
        'The last day that took a unit, as far as is recorded; empty where none did.';
    COMMENT ON COLUMN authorizations.evidence IS 'The events (aggregate:version) that prove it.';
"""

LAST_WRITTEN: LiteralString = """
    CREATE TABLE last_written (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        token text NOT NULL
    );
    COMMENT ON TABLE last_written IS
        'What tells whoever keeps the view whether its memory is that of these tables; one row.';
    COMMENT ON COLUMN last_written.only_row IS 'Keeps the table at one row.';
    COMMENT ON COLUMN last_written.token IS
        'A random word, another one each time that anything is written.';
"""

TABLES: LiteralString = LAST_WRITTEN + FILES + VISITS + FINDINGS + SUMS
