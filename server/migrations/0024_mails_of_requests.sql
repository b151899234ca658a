-- Mails that ask to approve a reset. House rules as in the first migration.

-- The open request that such a mail is about. With the request, the mail is gone, too.
alter table outbox add column reset_request_id text references reset_requests (id) on delete cascade;
create index outbox_reset_request on outbox (reset_request_id);
