-- What the notifier knows besides its journal. All of it follows from the journals.

-- Until 2026-11 a ticket had `waiting` in place of its status, and less besides: its rows are carried over below.
do $$ begin
    if exists (select from information_schema.columns
                where table_schema = 'views' and table_name = 'tickets' and column_name = 'waiting') then
        alter table views.tickets rename to tickets_before;
        alter index views.tickets_pkey rename to tickets_before_pkey;
    end if;
end $$;

-- Tickets as e-mails name them: from lifecycle.
create table if not exists views.tickets (
    ticket_id    uuid primary key,
    number       text    not null,
    subject      text    not null,
    requester    text    not null,
    area         text    not null,
    contract     text    not null,
    message_id   text    not null,
    place        integer not null,
    imported     boolean not null,
    relation     text,
    linked_to    uuid,
    status       text    not null,
    analyst      text,
    asked_by     text    not null,
    merged_into  text    not null,
    absorbed     jsonb   not null default '[]',
    participants jsonb   not null
);

-- What was not kept of them then is as it was without the acts that came later; of those that do not wait the
-- status is a guess, which their next event mends, and `python -m services.notifier.rebuild` at once.
do $$ begin
    if to_regclass('views.tickets_before') is not null then
        insert into views.tickets (ticket_id, number, subject, requester, area, contract, message_id, place, imported,
                                   status, analyst, asked_by, merged_into, participants)
        select ticket_id, number, subject, requester, area, '', message_id, place, false,
               case when waiting then 'open' when analyst is null then 'waiting_customer' else 'in_progress' end,
               analyst, '', '', '[]'
          from views.tickets_before
        on conflict do nothing;
        drop table views.tickets_before;
    end if;
end $$;

-- Where people of the customer wrote on it from; not known of what earlier releases have recorded.
alter table views.tickets
    add column if not exists wrote_from jsonb not null default '[]',
    -- Which others it came of or took in: what they tell is in their own rows.
    add column if not exists linked_to uuid,
    add column if not exists absorbed jsonb not null default '[]',
    -- Whose contacts are written to; empty in rows of earlier releases (recipients.py).
    add column if not exists customer text not null default '',
    drop column if exists origin;

-- How many tickets wait in the queue of each area, counted by partition so that partitions never meet.
create table if not exists views.queues (
    area      text,
    partition smallint,
    waiting   integer not null,
    primary key (area, partition)
);

-- Entries of sla that came before the ticket they are about: applied when lifecycle brings it.
create table if not exists views.early (
    ticket_id   uuid        not null,
    partition   smallint    not null,
    position    bigint      not null,
    stream_id   uuid        not null,
    version     integer     not null,
    topic       text        not null,
    recorded_at timestamptz not null,
    trace       text        not null,
    data        bytea       not null,
    primary key (partition, position)
);
create index if not exists early_ticket on views.early (ticket_id);

-- Automatic e-mails since an instant, at most an hour ago, by what a cap counts (caps.py): stops loops.
-- By partition, so that partitions never meet.
drop table if exists views.automatic;
create table if not exists views.counts (
    cap       text,
    counted   text,
    partition smallint,
    since     timestamptz not null,
    count     integer     not null,
    primary key (cap, counted, partition)
);
create index if not exists counts_over on views.counts (partition, since);

-- What is still to be sent, from this service's own journal. A sender takes a row by moving next_attempt_at
-- forward: should it die, the row is due again, and `unsettled` says that an attempt's end is not known.
create table if not exists views.outbox (
    notification_id uuid primary key,
    next_attempt_at timestamptz not null,
    trace           text        not null
);
alter table views.outbox
    add column if not exists unsettled smallint not null default 0,
    -- While these two are set, what else is said on that ticket goes into this e-mail too (bundles.py).
    add column if not exists ticket_id uuid,
    add column if not exists recipient text,
    -- Of a warning: its ticket, clock and cycle, whose end withdraws it (alarms.py).
    add column if not exists alarm text;
create index if not exists outbox_due on views.outbox (next_attempt_at);
create index if not exists outbox_open on views.outbox (ticket_id) where ticket_id is not null;
create index if not exists outbox_alarm on views.outbox (alarm) where alarm is not null;

-- Which notifications are said in another one's e-mail.
create table if not exists views.bundled (
    notification_id uuid primary key,
    into_id         uuid not null
);
create index if not exists bundled_into on views.bundled (into_id);

-- Addresses, in small letters, that are written to no more: from this service's own journal.
create table if not exists views.suspended (
    address text primary key
);
