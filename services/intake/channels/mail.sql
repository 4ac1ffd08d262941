-- The ledger: a row for every message that came in, written before anything of it is read; what became of it
-- is written with the entry that says so. What was put off is in no journal, so rebuild.py leaves it.
create table if not exists views.mail_in (
    id           uuid        primary key,
    mailbox      text        not null,
    received_at  timestamptz not null,
    raw          text        not null,
    put_off      boolean     not null default false,
    dispositions smallint    not null default 0,
    disposition  text
);
create index if not exists mail_in_received on views.mail_in (received_at);
create index if not exists mail_in_open on views.mail_in (received_at) where dispositions <> 1;

-- How far each mailbox at another server was read. Messages from `first_uid` on are the desk's to take in.
create table if not exists views.mailboxes (
    mailbox      text        primary key,
    uid_validity bigint      not null,
    first_uid    bigint      not null,
    last_uid     bigint      not null,
    since        timestamptz not null
);
-- When the last look began that found, and took in, all there was: what had come by then is in.
alter table views.mailboxes add column if not exists read_at timestamptz;
-- Where it was numbered anew: the first UID that was not given then. Below it there are old messages too.
alter table views.mailboxes add column if not exists anew_uid bigint not null default 0;
