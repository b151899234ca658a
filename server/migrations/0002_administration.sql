-- What administrators decide, and what of it sessions have to know. House rules as in the first migration.

alter table accounts add column security_version bigint not null default 1;
alter table accounts add column password_max_age_days bigint;
-- Networks in CIDR form, one a line; empty for anywhere.
alter table accounts add column allowed_addresses text not null default '';
-- The list before the latest change. It is in force again from `addresses_confirm_by` on, unless that is null.
alter table accounts add column previous_addresses text not null default '';
alter table accounts add column addresses_confirm_by bigint;

alter table users add column password_changed_at bigint not null default 0;
update users set password_changed_at = created_at;
-- Set while the password is one that somebody else chose.
alter table users add column password_temporary_since bigint;

alter table memberships add column allowed_addresses text not null default '';
create index memberships_admins on memberships (account_id, admin_since);

-- When this session last showed a second factor; null for one that never did.
alter table sessions add column factor_shown_at bigint;
update sessions set factor_shown_at = authenticated_at
    where user_id in (select id from users where two_factor_since is not null);
-- Set while the password must be replaced before this session is worth anything.
alter table sessions add column new_password_since bigint;

-- Somebody who is a user elsewhere and was asked to join. To the account it looks like a user who never logged in.
create table invitations (
    id text primary key,
    account_id text not null references accounts (id) on delete cascade,
    user_id text not null references users (id) on delete cascade,
    name text not null,
    created_at bigint not null,
    active_since bigint,
    admin_since bigint,
    allowed_addresses text not null default '',
    unique (account_id, user_id)
);

-- One-time links, found by the hash of their token.
create table links (
    token_hash text primary key,
    kind text not null,
    user_id text references users (id) on delete cascade,
    invitation_id text references invitations (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null
);
create index links_user on links (user_id);
create index links_expiry on links (expires_at);

-- What administrators did. Names are copies: the row outlives whom it speaks of.
create table events (
    id text primary key,
    at bigint not null,
    account_id text not null references accounts (id) on delete cascade,
    actor text not null,
    subject text not null,
    what text not null,
    detail text not null,
    address text not null
);
create index events_account on events (account_id, at);
create index events_at on events (at);
