-- When the second factor was last removed by a reset: an authenticator app may then still have the dead entry.
alter table users add column two_factor_reset_at bigint;
