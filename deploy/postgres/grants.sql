-- What each role may do, and what nobody may. Run by a superuser in Daybook's database, after
-- `daybook prepare` and after each new version: psql -d daybook -f grants.sql.

\set ON_ERROR_STOP on

BEGIN;

-- Who owns what: nobody who works.
DO $$
DECLARE
    found record;
    owned text[] := ARRAY[
        'journal', 'vault', 'access', 'announcements', 'managers', 'seal', 'streams'
    ];
    shown text[] := ARRAY['directory', 'schedule', 'attendance', 'care', 'compliance'];
    keeper text;
BEGIN
    FOR found IN
        SELECT nspname FROM pg_namespace WHERE nspname = ANY (owned || shown)
    LOOP
        keeper := CASE WHEN found.nspname = ANY (owned) THEN 'daybook_owner'
            ELSE 'daybook_projector' END;
        EXECUTE format('ALTER SCHEMA %I OWNER TO %I', found.nspname, keeper);
    END LOOP;
    FOR found IN
        SELECT c.oid::regclass AS name, n.nspname, c.relkind
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY (owned || shown) AND c.relkind IN ('r', 'p', 'v', 'm')
    LOOP
        keeper := CASE WHEN found.nspname = ANY (owned) THEN 'daybook_owner'
            ELSE 'daybook_projector' END;
        EXECUTE format('ALTER TABLE %s OWNER TO %I', found.name, keeper);
    END LOOP;
    FOR found IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY (owned)
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO daybook_owner', found.name);
    END LOOP;
    FOR found IN SELECT nspname FROM pg_namespace WHERE nspname = ANY (owned) LOOP
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', found.nspname);
        EXECUTE format(
            'REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM daybook_reads, daybook_writes,'
            ' daybook_relay, daybook_projector, daybook_commands, daybook_managers, daybook_api,'
            ' daybook_sealer, daybook_auditor, daybook_operator', found.nspname);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO daybook_reads, daybook_sealer', found.nspname);
    END LOOP;
    FOR found IN SELECT nspname FROM pg_namespace WHERE nspname = ANY (shown) LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO daybook_reads', found.nspname);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO daybook_reads', found.nspname);
        EXECUTE format(
            'GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO daybook_operator',
            found.nspname);
    END LOOP;
END
$$;

-- What is recorded is only added to, whoever tries; the triggers are the owner's.
CREATE OR REPLACE FUNCTION journal.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME; END
$$;
ALTER FUNCTION journal.refuse_change OWNER TO daybook_owner;
DO $$
DECLARE
    added_to text;
BEGIN
    FOREACH added_to IN ARRAY ARRAY[
        'journal.journal_events', 'journal.receipts', 'announcements.outbox',
        'announcements.withheld', 'seal.heads', 'seal.tiles', 'seal.logs', 'seal.cosignatures', 'seal.timestamps'
    ] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS only_added_to ON %s', added_to);
        EXECUTE format(
            'CREATE TRIGGER only_added_to BEFORE %s TRUNCATE ON %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change()',
            -- Tiles fill up; a new seal key signs the last head, too; a head is cosigned again.
            CASE WHEN added_to IN ('seal.tiles', 'seal.heads', 'seal.cosignatures') THEN 'DELETE OR'
                ELSE 'UPDATE OR DELETE OR' END,
            added_to);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER only_added_to', added_to);
    END LOOP;
END
$$;

-- Everybody who reads.
GRANT SELECT ON ALL TABLES IN SCHEMA journal, announcements, managers, seal, streams
    TO daybook_reads;
-- When each thousand positions were recorded: kept by whoever first asks.
GRANT INSERT ON journal.times TO daybook_reads;

-- Who records: events are appended, at positions that the sequence gives. To lock the table takes
-- MAINTAIN, which lets nobody change a row.
GRANT INSERT (originator_id, originator_version, topic, state) ON journal.journal_events
    TO daybook_writes;
GRANT MAINTAIN ON journal.journal_events TO daybook_writes;
GRANT USAGE ON SEQUENCE journal.journal_events_notification_id_seq TO daybook_writes;
GRANT INSERT ON journal.receipts TO daybook_writes;
-- A copy of what events say: a snapshot that is edited is not used.
GRANT INSERT ON journal.journal_snapshots TO daybook_writes;
GRANT INSERT, UPDATE, DELETE ON journal.imported_rows TO daybook_writes;
GRANT SELECT ON vault.site TO daybook_writes;
-- To destroy the key of a patient who is forgotten; to lock one takes UPDATE.
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.patient_keys TO daybook_writes;
-- Whether somebody may, and that they looked.
GRANT SELECT ON ALL TABLES IN SCHEMA access TO daybook_writes, daybook_auditor;
GRANT INSERT ON access.log TO daybook_writes, daybook_auditor;

-- The relay tells others, and compares the streams.
GRANT INSERT ON announcements.outbox, announcements.withheld TO daybook_relay;
DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT c.oid::regclass AS name FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'announcements' AND c.relkind = 'r'
            AND c.relname NOT IN ('outbox', 'withheld')
    LOOP
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO daybook_relay', kept.name);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE, DELETE ON streams.compared TO daybook_relay;

-- What is due.
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA managers TO daybook_managers;

-- Accounts and who is signed in, but for the log and what came of emergencies.
DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT c.oid::regclass AS name FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'access' AND c.relkind = 'r'
            AND c.relname NOT IN ('log', 'emergency_reviews')
    LOOP
        EXECUTE format(
            'GRANT INSERT, UPDATE, DELETE ON %s TO daybook_api, daybook_operator', kept.name);
        EXECUTE format('GRANT UPDATE ON %s TO daybook_commands', kept.name);
    END LOOP;
END
$$;
GRANT INSERT ON access.emergency_reviews TO daybook_api, daybook_operator;

-- The sealer reads what it seals, and adds to its own tables.
GRANT SELECT ON ALL TABLES IN SCHEMA journal, announcements, seal, streams TO daybook_sealer;
GRANT SELECT ON access.log TO daybook_sealer;
GRANT INSERT ON ALL TABLES IN SCHEMA seal TO daybook_sealer;
GRANT UPDATE ON ALL TABLES IN SCHEMA seal TO daybook_sealer;

-- The operator: keys, accounts, imports, what a command line does. Not what was recorded.
GRANT INSERT, UPDATE, DELETE ON vault.site TO daybook_operator;
GRANT MAINTAIN ON vault.patient_keys TO daybook_operator;

COMMIT;
