-- Since when a user has a user name that an administrator has given them and that no link mailed there has confirmed. House rules
-- as in the first migration.
alter table users add column email_unconfirmed_since bigint;
-- By which a browser's attempts are counted: the hash of its first token, while the token changes with each log-in.
alter table known_browsers add column first_token_hash text not null default '';
update known_browsers set first_token_hash = token_hash;
