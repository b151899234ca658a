-- Resets that cannot be hijacked. House rules as in the first migration.

-- A reset, and the first set-up of a new user, need a set-up code.
alter table accounts add column reset_set_up_code_since bigint;
-- A second administrator has to approve a reset.
alter table accounts add column reset_approval_since bigint;
-- Hours in which the user can cancel a reset; 0 for none.
alter table accounts add column reset_delay_h bigint not null default 0;

-- The code that a user's next set-up needs. Somebody who has not joined yet has one with their invitation.
create table set_up_codes (
    user_id text unique references users (id) on delete cascade,
    invitation_id text unique references invitations (id) on delete cascade,
    -- Argon2id.
    code_hash text not null,
    expires_at bigint not null
);
create index set_up_codes_expiry on set_up_codes (expires_at);

-- Open requests to reset a second factor, at most one for each user. A request that is closed is deleted; the record of
-- administration keeps what became of it.
create table reset_requests (
    id text primary key,
    user_id text not null unique references users (id) on delete cascade,
    -- Who asked, and as an administrator of which account.
    account_id text not null references accounts (id) on delete cascade,
    asked_by text references users (id) on delete set null,
    asked_at bigint not null,
    -- The reset is not done earlier.
    not_before bigint not null,
    expires_at bigint not null,
    -- Hash of the token in the link by which the user cancels it.
    cancel_hash text unique,
    -- Hash of the set-up code that the reset puts into force.
    code_hash text,
    -- A second administrator had to approve when it was made. A setting that is switched off later releases no request.
    approval_since bigint
);
create index reset_requests_asked_by on reset_requests (account_id, asked_by);
create index reset_requests_expiry on reset_requests (expires_at);

-- An approval counts while whoever gave it is an administrator of the account.
create table reset_approvals (
    request_id text not null references reset_requests (id) on delete cascade,
    account_id text not null references accounts (id) on delete cascade,
    approved_by text not null references users (id) on delete cascade,
    primary key (request_id, account_id)
);
