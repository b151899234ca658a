-- House rules: TEXT or BIGINT only; times are unix seconds passed in by the caller; a nullable time says when a state
-- began, so there are no booleans. Secrets are stored hashed or sealed, never in the clear.

create table accounts (
    id text primary key,
    name text not null unique,
    created_at bigint not null,
    two_factor_required_at bigint
);

create table users (
    id text primary key,
    email text not null unique,
    name text not null,
    password_hash text not null,
    created_at bigint not null,
    locked_at bigint,
    -- Set while the user has a second factor. A user who has this and no factor row does not get in.
    two_factor_since bigint,
    last_sign_in_at bigint,
    last_sign_in_address text
);

create table memberships (
    account_id text not null references accounts (id) on delete cascade,
    user_id text not null references users (id) on delete cascade,
    created_at bigint not null,
    admin_since bigint,
    primary key (account_id, user_id)
);
create index memberships_user on memberships (user_id);

create table sessions (
    id text primary key,
    token_hash text not null unique,
    user_id text not null references users (id) on delete cascade,
    created_at bigint not null,
    -- Null while only the password was shown.
    authenticated_at bigint,
    last_seen_at bigint not null,
    expires_at bigint not null,
    address text not null,
    user_agent text not null,
    -- The log-in before this one.
    previous_sign_in_at bigint,
    previous_sign_in_address text
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table totp_factors (
    user_id text primary key references users (id) on delete cascade,
    secret_sealed text not null,
    algorithm text not null,
    digits bigint not null,
    period_s bigint not null,
    confirmed_at bigint not null,
    -- The highest time step that was ever accepted; a code of this step or an older one is a replay.
    last_step bigint not null,
    -- Set at the hard cap of wrong codes; only a reset helps.
    disabled_at bigint
);

-- A set-up that was begun. It belongs to one log-in attempt and goes with it.
create table pending_totp_factors (
    session_id text primary key references sessions (id) on delete cascade,
    user_id text not null references users (id) on delete cascade,
    secret_sealed text not null,
    created_at bigint not null
);

-- Wrong tries by throttle key: "code:<user id>", or a hash for keys that hold what a stranger typed.
create table attempts (
    key text primary key,
    failures bigint not null,
    retry_at bigint not null,
    last_at bigint not null
);
create index attempts_last on attempts (last_at);

-- Browsers from which a user has logged in before: they pass the ceilings that strangers can exhaust.
create table known_browsers (
    token_hash text not null,
    user_id text not null references users (id) on delete cascade,
    created_at bigint not null,
    last_used_at bigint not null,
    primary key (token_hash, user_id)
);
create index known_browsers_user on known_browsers (user_id);

-- Every authentication result. `user_id` is null for an unknown user; what was typed is not kept.
create table login_history (
    id text primary key,
    at bigint not null,
    user_id text references users (id) on delete cascade,
    address text not null,
    factor text not null,
    result text not null
);
create index login_history_user on login_history (user_id, at);
create index login_history_at on login_history (at);

create table meta (
    name text primary key,
    value text not null
);
