-- What finds out why a code is refused in a set-up. House rules as in the first migration.

-- The secret that a user had before a reset or a replacement. It is recognised for 30 days, and never accepted.
create table previous_totp_factors (
    user_id text primary key references users (id) on delete cascade,
    secret_sealed text not null,
    removed_at bigint not null
);
create index previous_totp_factors_removed on previous_totp_factors (removed_at);

-- By how much the clock of a user's phone was ahead of the server's in a set-up that is not complete.
create table clock_offsets (
    user_id text primary key references users (id) on delete cascade,
    offset_s bigint not null,
    found_at bigint not null
);
create index clock_offsets_found on clock_offsets (found_at);
