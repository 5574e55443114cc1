-- The roles of Daybook's processes. Run by a superuser in Daybook's database, before its tables are
-- made: psql -d daybook -f roles.sql. It can be run again. PostgreSQL 17 or newer.
--
-- Nobody signs in as daybook_owner, which owns all tables but those of the read models. Give each of
-- the others a way to sign in (\password, a certificate, peer).

\set ON_ERROR_STOP on

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['owner', 'reads', 'writes'] LOOP
        IF to_regrole('daybook_' || role) IS NULL THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'daybook_' || role);
        END IF;
    END LOOP;
    FOREACH role IN ARRAY ARRAY[
        'relay', 'projector', 'commands', 'managers', 'api', 'sealer', 'auditor', 'operator'
    ] LOOP
        IF to_regrole('daybook_' || role) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', 'daybook_' || role);
        END IF;
    END LOOP;
    EXECUTE format('ALTER DATABASE %I OWNER TO daybook_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO daybook_reads, daybook_sealer', current_database());
    -- The read models are made, and made again, by whoever keeps them.
    EXECUTE format('GRANT CREATE ON DATABASE %I TO daybook_projector', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

GRANT daybook_reads TO daybook_writes, daybook_relay, daybook_projector, daybook_auditor;
GRANT daybook_writes TO daybook_commands, daybook_managers, daybook_api, daybook_operator;

-- To look back (--as-of, earlier moments on pages) takes a database of its own for a moment.
ALTER ROLE daybook_api CREATEDB;
ALTER ROLE daybook_auditor CREATEDB;
ALTER ROLE daybook_operator CREATEDB;

-- What the projector makes, the others read; the operator has it made again.
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_projector GRANT USAGE ON SCHEMAS TO daybook_reads;
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_projector GRANT SELECT ON TABLES TO daybook_reads;
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_projector
    GRANT INSERT, UPDATE, DELETE ON TABLES TO daybook_operator;
