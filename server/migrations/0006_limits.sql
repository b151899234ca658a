-- Hash of the token under which a log-in was completed, so that the same code sent twice by one browser is not an error. House
-- rules as in the first migration.
alter table sessions add column completed_from text;
create index sessions_completed_from on sessions (completed_from);
