-- OpenID Connect. House rules as in the first migration.

-- Programs of applications that log their users in by OpenID Connect.
create table oidc_clients (
    -- The `client_id`.
    id text primary key,
    application_id text not null references applications (id) on delete cascade,
    name text not null unique,
    -- Where an answer may be sent, one a line.
    redirect_uris text not null,
    -- Where a browser may go after a log-out, one a line.
    sign_out_uris text not null,
    -- Where the end of a session is announced; null if it is not.
    back_channel_uri text,
    -- Set while the client has no secret.
    public_since bigint,
    -- Set while every log-in needs a code challenge.
    pkce_required_since bigint,
    -- Set while users are asked once whether the client may learn who they are.
    consent_required_since bigint,
    -- Set while id tokens have the claims of the userinfo response.
    id_token_claims_since bigint,
    -- Set while its tokens are signed with ES256; null for RS256.
    es256_since bigint,
    -- Set while its access tokens are JWTs.
    jwt_since bigint,
    created_at bigint not null
);
create index oidc_clients_application on oidc_clients (application_id);

-- The secrets of clients that have one: the newest two.
create table oidc_secrets (
    secret_hash text primary key,
    client_id text not null references oidc_clients (id) on delete cascade,
    created_at bigint not null
);
create index oidc_secrets_client on oidc_secrets (client_id, created_at);

-- The keys that sign tokens.
create table oidc_keys (
    -- The `kid`.
    id text primary key,
    -- `RS256` or `ES256`.
    algorithm text not null,
    -- Counts the keys of an algorithm from 1, so that of two nodes that make a key one wins.
    generation bigint not null,
    -- In PKCS #8, sealed.
    private_key_sealed text not null,
    -- A JWK, in JSON.
    public_key text not null,
    created_at bigint not null,
    -- It signs from then on, until another one does. It is published before.
    active_from bigint not null,
    unique (algorithm, generation)
);

-- What users have allowed clients to do: from the code on, as long as the session lives.
create table oidc_grants (
    id text primary key,
    client_id text not null references oidc_clients (id) on delete cascade,
    session_id text not null references sessions (id) on delete cascade,
    scope text not null,
    nonce text,
    -- The address of the user's browser. Address lists apply to it.
    address text not null,
    code_hash text not null unique,
    redirect_uri text not null,
    -- By method S256 (RFC 7636); null if the client sent none.
    code_challenge text,
    code_expires_at bigint not null,
    code_used_at bigint,
    -- Of the refresh token that works now; null before the code has brought tokens.
    refresh_hash text,
    created_at bigint not null
);
create index oidc_grants_session on oidc_grants (session_id);
create index oidc_grants_client on oidc_grants (client_id);
create index oidc_grants_unused on oidc_grants (code_expires_at) where refresh_hash is null;

create table oidc_access_tokens (
    token_hash text primary key,
    grant_id text not null references oidc_grants (id) on delete cascade,
    scope text not null,
    expires_at bigint not null
);
create index oidc_access_tokens_grant on oidc_access_tokens (grant_id);
create index oidc_access_tokens_expiry on oidc_access_tokens (expires_at);

-- What users have agreed to.
create table oidc_consents (
    user_id text not null references users (id) on delete cascade,
    client_id text not null references oidc_clients (id) on delete cascade,
    scope text not null,
    given_at bigint not null,
    primary key (user_id, client_id)
);
create index oidc_consents_client on oidc_consents (client_id);

-- Sessions whose end a client wants to know. A row outlives its session and its user, until the client knows.
create table oidc_log_ins (
    id text primary key,
    client_id text not null references oidc_clients (id) on delete cascade,
    session_id text not null,
    user_id text not null,
    -- When the client is told next; null while the session lives. A trigger sets it when the session ends.
    due_at bigint,
    -- When it was first tried to tell the client.
    tried_at bigint,
    attempts bigint not null default 0,
    claimed_until bigint,
    unique (session_id, client_id)
);
create index oidc_log_ins_due on oidc_log_ins (due_at);
create index oidc_log_ins_client on oidc_log_ins (client_id);
