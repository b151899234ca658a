-- Which factors a session has shown, in words separated by blanks; house rules as in the first migration.
alter table sessions add column factors text not null default 'password';
update sessions set factors = 'password totp' where factor_shown_at is not null;

-- What an event says beside what happened: JSON of a closed set, where it was English.
update events set detail = '{"detail":"email","from":"'
        || replace(replace(detail, 'e-mail: ', ''), ' → ', '","to":"') || '"}'
    where what = 'user_changed' and detail like 'e-mail: %';
update events set detail = '{"detail":"name"}' where what = 'user_changed' and detail = 'name';
update events set detail = '{"detail":"max_age","days":null}'
    where what = 'password_expiry_changed' and detail = 'never';
update events set detail = '{"detail":"max_age","days":' || replace(detail, ' days', '') || '}'
    where what = 'password_expiry_changed' and detail like '% days';
update events set detail = '{"detail":"addresses","allowed":[]}'
    where what in ('addresses_changed', 'user_addresses_changed') and detail = '';
update events set detail = '{"detail":"addresses","allowed":["' || replace(detail, ', ', '","') || '"]}'
    where what in ('addresses_changed', 'user_addresses_changed') and detail not like '{%';
update events set detail = '{"detail":"none"}' where detail = '';
