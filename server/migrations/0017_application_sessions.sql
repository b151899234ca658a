-- What a browser holds on the hosts of applications. House rules as in the first migration.

-- Worth exactly as much as the portal's session behind it, for one application.
create table application_sessions (
    token_hash text primary key,
    session_id text not null references sessions (id) on delete cascade,
    application_id text not null references applications (id) on delete cascade,
    created_at bigint not null
);
create index application_sessions_session on application_sessions (session_id, application_id, created_at);

-- A code that the portal's host hands to an application's host: for one browser, once.
create table application_codes (
    code_hash text primary key,
    -- Of the token that this browser got when it began, on the application's host.
    begin_hash text not null,
    session_id text not null references sessions (id) on delete cascade,
    application_id text not null references applications (id) on delete cascade,
    -- Path and query, as they were sent.
    target text not null,
    expires_at bigint not null
);
create index application_codes_session on application_codes (session_id, expires_at);
create index application_codes_expiry on application_codes (expires_at);
