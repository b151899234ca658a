-- Whom a mail is about, if that is not its recipient alone. House rules as in the first migration.

-- A user name. Only mails about the same user take the place of one another.
alter table outbox add column about text not null default '';
