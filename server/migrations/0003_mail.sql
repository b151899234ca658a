-- Mails that wait to be sent: written together with the change that they tell of, deleted once they are out.
create table outbox (
    id text primary key,
    to_address text not null,
    -- Subject and texts. They hold one-time links.
    message_sealed text not null,
    created_at bigint not null,
    attempts bigint not null,
    next_attempt_at bigint not null,
    -- Until then one node is sending it.
    claimed_until bigint
);
create index outbox_due on outbox (next_attempt_at);
