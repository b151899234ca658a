-- When a counter last began to refuse attempts: an episode is recorded once. House rules as in the first migration.
alter table attempts add column refused_at bigint not null default 0;
