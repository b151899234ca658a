-- An index for each order of the login history, and for the history of one user or address. House rules as in the first migration.
create index login_history_email on login_history (account_id, email, at desc, id desc);
create index login_history_address on login_history (account_id, address, at desc, id desc);
create index login_history_result on login_history (account_id, result, at desc, id desc);
