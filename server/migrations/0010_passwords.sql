-- How often the password was replaced; a new hash of the same password does not count. A session can only begin with the
-- version that was verified. House rules as in the first migration.
alter table users add column password_version bigint not null default 1;
