-- What the notifier knows besides its journal. All of it follows from the journals.

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
    origin       text    not null,
    status       text    not null,
    analyst      text,
    asked_by     text    not null,
    merged_into  text    not null,
    participants jsonb   not null
);

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

-- Automatic e-mails to one recipient about one ticket since an instant, at most an hour ago: stops loops.
create table if not exists views.automatic (
    ticket_id uuid,
    recipient text,
    since     timestamptz not null,
    count     integer     not null,
    primary key (ticket_id, recipient)
);

-- What is still to be sent, from this service's own journal. A sender takes a row by moving next_attempt_at
-- forward: should it die, the row is due again.
create table if not exists views.outbox (
    notification_id uuid primary key,
    next_attempt_at timestamptz not null,
    trace           text        not null
);
create index if not exists outbox_due on views.outbox (next_attempt_at);
