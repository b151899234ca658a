-- Passkeys (WebAuthn Level 3). House rules as in the first migration.

-- How users of the account can use passkeys: `not_allowed`, `second_factor` or `without_password`.
alter table accounts add column passkeys text not null default 'without_password';

-- 16 random bytes in base64url, by which authenticators know the user; drawn with the first passkey.
alter table users add column passkey_handle text;
create unique index users_passkey_handle on users (passkey_handle);

-- Nothing here is secret: a credential holds a public key.
create table passkeys (
    id text primary key,
    user_id text not null references users (id) on delete cascade,
    -- In base64url. One credential belongs to one user.
    credential_id text not null unique,
    -- The part that never changes, in JSON. The columns below win over what it says.
    credential text not null,
    -- The signature counter; 0 for authenticators without one.
    counter bigint not null,
    -- Since when it may be backed up; null for one that is bound to its device.
    backup_eligible_since bigint,
    -- Since when it is backed up.
    backed_up_since bigint,
    -- How the authenticator is reached: words separated by spaces.
    transports text not null,
    -- The model of the authenticator, as a UUID; zeros if the browser does not tell.
    aaguid text not null,
    -- When the browser said that it can be found without its id.
    discoverable_since bigint,
    name text not null,
    created_at bigint not null,
    last_used_at bigint,
    -- Since when it is not enough alone: somebody else may have it. Null again once it was shown after the password.
    password_due_since bigint
);
create index passkeys_user on passkeys (user_id);

-- Challenges that wait for an answer. A row is used by deleting it.
create table passkey_ceremonies (
    -- In base64url, as the browser sends it back.
    challenge text primary key,
    -- `sign_in`, `second_factor`, `step_up`, `set_up` or `add`.
    purpose text not null,
    -- The session for which it was made; or, without one, the hash of the browser's token.
    session_id text references sessions (id) on delete cascade,
    browser_hash text,
    -- What webauthn-rs needs to check the answer, in JSON.
    state text not null,
    expires_at bigint not null
);
create index passkey_ceremonies_session on passkey_ceremonies (session_id, purpose, expires_at);
create index passkey_ceremonies_expiry on passkey_ceremonies (expires_at);
