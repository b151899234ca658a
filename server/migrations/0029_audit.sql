-- The audit log: a hash chain for each account over the record of administration and the login history. House rules as in the first
-- migration.

-- One entry for each row of `events` and `login_history`. An entry outlives its row.
create table audit_entries (
    -- The id of an account, or `portal` for rows that belong to none.
    chain text not null,
    -- Counts from 1.
    seq bigint not null,
    -- Of the encoding that `row_hash` is made from.
    version bigint not null,
    -- `event` or `log_in`.
    kind text not null,
    row_id text not null,
    -- The time of the row.
    at bigint not null,
    -- SHA-256 over all columns of the row.
    row_hash text not null,
    -- SHA-256 over this entry and the hash of the one before.
    hash text not null,
    primary key (chain, seq)
);
create unique index audit_entries_row on audit_entries (kind, row_id);

-- Where each chain begins and ends.
create table audit_chains (
    id text primary key,
    -- Sealed, so that nobody without a master key can put another end in its place.
    head_sealed text not null
);

-- What is known of all chains: one row, `state`.
create table audit_state (
    id text primary key,
    state_sealed text not null
);

-- Rows are read in the order of their times and ids.
drop index events_at;
create index events_at on events (at, id);
drop index login_history_at;
create index login_history_at on login_history (at, id);
