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

-- The login history once more: a row for each account of the user, so that an administrator's page is one walk along an
-- index, and with a copy of the user name, so that a row outlives its user. An unknown user has no account.
create table login_history_by_account (
    id text primary key,
    at bigint not null,
    user_id text,
    account_id text,
    email text not null,
    address text not null,
    factor text not null,
    result text not null
);
insert into login_history_by_account (id, at, user_id, account_id, email, address, factor, result)
    select h.id || coalesce('-' || m.account_id, ''), h.at, h.user_id, m.account_id, coalesce(u.email, ''), h.address,
        h.factor, h.result
    from login_history h left join users u on u.id = h.user_id left join memberships m on m.user_id = h.user_id;
drop table login_history;
alter table login_history_by_account rename to login_history;
create index login_history_account on login_history (account_id, at, id);
create index login_history_at on login_history (at);
