-- One-time codes for users who have lost their authenticator app. House rules as in the first migration.
create table recovery_codes (
    user_id text not null references users (id) on delete cascade,
    -- Argon2id; all codes of a set have the same salt.
    code_hash text not null,
    created_at bigint not null,
    primary key (user_id, code_hash)
);
-- When the user has saved recovery codes, or has declined them: from then on they are not offered by themselves.
alter table users add column recovery_codes_settled_at bigint;
-- A new set that is shown in this session until the user has saved it.
alter table sessions add column recovery_codes_since bigint;
alter table sessions add column recovery_codes_sealed text;
