-- The servers that run, with the master keys that they hold. House rules as in the first migration.
create table nodes (
    -- Chosen when the server starts.
    id text primary key,
    -- Process and host, for the operator.
    name text not null,
    -- Ids, separated by spaces.
    key_ids text not null,
    -- The key that it seals with, since when, and the one before.
    sealing_key text not null,
    sealing_since bigint not null,
    sealed_before text,
    seen_at bigint not null
);
