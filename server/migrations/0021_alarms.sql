-- Alarms, and the lockdown of a user account. House rules as in the first migration.

-- The wide networks from which a user has logged in.
create table places (
    user_id text not null references users (id) on delete cascade,
    -- In CIDR form.
    network text not null,
    last_used_at bigint not null,
    primary key (user_id, network)
);
create index places_last_used on places (last_used_at);

-- Log-ins of users with a second factor that have shown only the password so far: one for each network. A row outlives its
-- session, so that cancelling the log-in does not hide it.
create table unfinished_log_ins (
    user_id text not null references users (id) on delete cascade,
    -- In CIDR form, or `unknown`.
    network text not null,
    session_id text not null,
    begun_at bigint not null,
    address text not null,
    user_agent text not null,
    primary key (user_id, network)
);
create index unfinished_log_ins_begun on unfinished_log_ins (begun_at);

-- Set while the next log-in has to choose a new password, because the user account was locked down.
alter table users add column locked_down_at bigint;
-- When, and from where, a code of the user was entered again, until the session has dismissed that.
alter table sessions add column code_replayed_at bigint;
alter table sessions add column code_replayed_from text;
