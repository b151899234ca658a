-- Whether a user is active or locked belongs to the membership; house rules as in the first migration.
alter table memberships add column locked_at bigint;
update memberships set locked_at = (select u.locked_at from users u where u.id = memberships.user_id);

-- `users.locked_at` is the operator's lock of the whole person. This is set beside it while an administrator's unlock lifts
-- it too: nobody knows who has set an earlier lock, and a user whom the operator has added starts locked.
alter table users add column unowned_lock_at bigint;
update users set unowned_lock_at = locked_at;
