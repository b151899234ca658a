-- What decides when a mail is sent, and whether it still is; house rules as in the first migration.
alter table outbox add column kind text not null default '';
alter table outbox add column priority bigint not null default 2;
-- The account whose administrator caused it.
alter table outbox add column account_id text;
-- Part of the address after the @, so that a slow one does not hold up the others.
alter table outbox add column to_domain text not null default '';
-- Hash of the token of its link. A mail whose link is gone is not sent.
alter table outbox add column link_hash text;
alter table outbox add column expires_at bigint;
-- Earlier mails in whose place it is sent.
alter table outbox add column joined bigint not null default 0;
-- When its times were set. A time in the future shows that the clock was ahead.
alter table outbox add column scheduled_at bigint not null default 0;
create index outbox_recipient on outbox (to_address, kind);
-- How fast mails follow one another, in each series.
create table mail_pace (
    key text primary key,
    -- From then on the series is as if nothing had been sent.
    full_at bigint not null,
    changed_at bigint not null
);
