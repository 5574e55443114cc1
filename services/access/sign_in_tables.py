"""The tables of sign-ins other than by password: through a site's OpenID provider, by passkeys."""

from typing import LiteralString

OPENID: LiteralString = """
    CREATE TABLE access.openid_subjects (
        account text PRIMARY KEY REFERENCES access.accounts,
        issuer text NOT NULL,
        subject text NOT NULL,
        bound_at timestamptz NOT NULL,
        UNIQUE (issuer, subject)
    );
    CREATE TABLE access.pending_sign_ins (
        known_by bytea PRIMARY KEY,
        nonce text NOT NULL,
        verifier text NOT NULL,
        purpose text NOT NULL,
        made_at timestamptz NOT NULL,
        used_at timestamptz
    );
    CREATE INDEX ON access.pending_sign_ins (made_at);
    COMMENT ON TABLE access.openid_subjects IS
        'Who an account is at the OpenID provider: names there may change hands.';
    COMMENT ON TABLE access.pending_sign_ins IS
        'Sign-ins that were begun at the OpenID provider; each is finished once.';
    COMMENT ON COLUMN access.pending_sign_ins.known_by IS
        'SHA-256 of what the browser and the provider have to bring back.';
"""

PASSKEYS: LiteralString = """
    CREATE TABLE access.passkey_challenges (
        challenge_hash bytea PRIMARY KEY,
        ceremony text NOT NULL,
        account text REFERENCES access.accounts,
        made_at timestamptz NOT NULL
    );
    CREATE INDEX ON access.passkey_challenges (made_at);
    CREATE TABLE access.second_factors (
        account text PRIMARY KEY REFERENCES access.accounts,
        required_at timestamptz NOT NULL
    );
    CREATE TABLE access.passkeys (
        credential_id bytea PRIMARY KEY,
        account text NOT NULL REFERENCES access.accounts,
        name text NOT NULL,
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL,
        made_at timestamptz NOT NULL,
        last_used_at timestamptz
    );
    CREATE INDEX ON access.passkeys (account);
    COMMENT ON TABLE access.passkeys IS 'With which passkeys somebody signs in.';
    COMMENT ON COLUMN access.passkeys.sign_count IS
        'How often the passkey says that it was used; one that copies count back.';
    COMMENT ON TABLE access.passkey_challenges IS
        'What passkeys have to sign, as SHA-256; each is taken once.';
    COMMENT ON TABLE access.second_factors IS
        'Accounts for which a password alone is not enough.';
"""
