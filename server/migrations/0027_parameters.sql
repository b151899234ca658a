-- Factors that were imported keep their parameters, and so does what is remembered of them. House rules as in the first migration.
alter table previous_totp_factors add column algorithm text not null default 'SHA1';
alter table previous_totp_factors add column digits bigint not null default 6;
alter table previous_totp_factors add column period_s bigint not null default 30;
