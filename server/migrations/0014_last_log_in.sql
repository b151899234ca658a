-- An account sees when a member last logged in while active there, and nothing of other accounts. House rules as in the first
-- migration.
alter table memberships add column last_sign_in_at bigint;
update memberships set last_sign_in_at = (select u.last_sign_in_at from users u where u.id = memberships.user_id
    and (memberships.locked_at is null or u.last_sign_in_at <= memberships.locked_at));
update roster set last_sign_in_at = coalesce((select m.last_sign_in_at from memberships m
    where m.account_id = roster.account_id and m.user_id = roster.member_id), 0);
