-- Whether a user is active or locked belongs to the membership; house rules as in the first migration.
alter table memberships add column locked_at bigint;
update memberships set locked_at = (select u.locked_at from users u where u.id = memberships.user_id);

-- `users.locked_at` is the operator's lock of the whole person. This is set beside it while an administrator's unlock lifts
-- it too: nobody knows who has set an earlier lock, and a user whom the operator has added starts locked.
alter table users add column unowned_lock_at bigint;
update users set unowned_lock_at = locked_at;

-- An invitation belongs to an e-mail, not to a user: it stays what the administrator has entered. Whoever opens its link
-- accepts it, as the user who has this e-mail then, or as a new one. So an account cannot tell the two apart.
create table open_invitations (
    id text primary key,
    account_id text not null references accounts (id) on delete cascade,
    email text not null,
    name text not null,
    created_at bigint not null,
    active_since bigint,
    admin_since bigint,
    allowed_addresses text not null default '',
    unique (account_id, email)
);
insert into open_invitations (id, account_id, email, name, created_at, active_since, admin_since, allowed_addresses)
    select i.id, i.account_id, u.email, i.name, i.created_at, i.active_since, i.admin_since, i.allowed_addresses
    from invitations i join users u on u.id = i.user_id;
create table one_time_links (
    token_hash text primary key,
    kind text not null,
    user_id text references users (id) on delete cascade,
    invitation_id text references open_invitations (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null
);
insert into one_time_links (token_hash, kind, user_id, invitation_id, created_at, expires_at)
    select token_hash, kind, case when invitation_id is null then user_id end, invitation_id, created_at, expires_at
    from links;
drop table links;
drop table invitations;
alter table open_invitations rename to invitations;
alter table one_time_links rename to links;
create index links_user on links (user_id);
create index links_invitation on links (invitation_id);
create index links_expiry on links (expires_at);

-- What an account's list of people is searched and sorted by: a row for each membership and invitation, with copies of what
-- users and invitations hold, so that a page is one walk along an index. The rows of earlier people are added at start,
-- because only the program can fold names.
create table roster (
    account_id text not null references accounts (id) on delete cascade,
    email text not null,
    -- The user's id or the invitation's.
    member_id text not null,
    name_folded text not null,
    -- Numbers to sort by: 0 or 1, and a time or 0.
    locked bigint not null,
    two_factor bigint not null,
    last_sign_in_at bigint not null,
    primary key (account_id, email)
);
create index roster_member on roster (member_id, account_id);
create index roster_name on roster (account_id, name_folded, email);
create index roster_locked on roster (account_id, locked, email);
create index roster_two_factor on roster (account_id, two_factor, email);
create index roster_last_sign_in on roster (account_id, last_sign_in_at, email);
