-- Which factors a session has shown, in words separated by blanks; house rules as in the first migration.
alter table sessions add column factors text not null default 'password';
update sessions set factors = 'password totp' where factor_shown_at is not null;
