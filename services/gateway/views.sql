-- What the pages read. Every row follows from the journals alone: `python -m services.gateway.rebuild`
-- empties these tables and fills them again. Each table is written by the reaction to one journal only,
-- so that no order between journals can show in it.

-- From lifecycle: a ticket as it stands.
create table if not exists views.tickets (
    ticket_id      uuid primary key,
    number         text        not null,
    status         text        not null,
    area           text        not null,
    analyst        text,
    customer       text        not null,
    requester      text        not null,
    application    text        not null,
    classification text        not null,
    priority       text        not null,
    urgency        smallint    not null,  -- of the priority: 0 is the most urgent
    channel        text        not null,
    subject        text        not null,
    opened_at      timestamptz not null,
    answered_at    timestamptz,
    resolution     integer     not null,
    score          smallint,
    closed_because text,
    linked_to      uuid,
    active_at      timestamptz not null
);
create index if not exists tickets_number on views.tickets (number);
create index if not exists tickets_customer on views.tickets (customer, opened_at desc);
create index if not exists tickets_queue on views.tickets (area, urgency, opened_at) where status <> 'closed';

-- From sla: the clocks of a ticket, each in its latest cycle.
create table if not exists views.clocks (
    ticket_id   uuid        not null,
    clock       text        not null,
    cycle       integer     not null,
    state       text        not null,  -- running, paused, met, stopped, reached
    due_at      timestamptz,           -- while running
    remaining_s integer,               -- while paused
    breached_at timestamptz,
    late        boolean     not null,
    stage       smallint    not null,
    primary key (ticket_id, clock)
);

-- From intake: what waits for a person, and what became of it.
create table if not exists views.parked (
    submission_id uuid primary key,
    state         text        not null,  -- waiting, accepted, rejected
    reason        text        not null,
    application   text,
    received_at   timestamptz not null,
    channel       text        not null,
    sender        text        not null,
    sender_name   text        not null,
    subject       text        not null,
    delivered     json        not null
);
create index if not exists parked_waiting on views.parked (received_at) where state = 'waiting';

-- From notifier: e-mails given up.
create table if not exists views.undelivered (
    notification_id uuid primary key,
    ticket_id       uuid,
    at              timestamptz not null,
    error           text        not null
);

-- From everybody: each event, under its ticket, or its stream where it concerns none.
create table if not exists views.history (
    ticket_id   uuid        not null,
    service     text        not null,
    partition   smallint    not null,
    position    bigint      not null,
    topic       text        not null,
    at          timestamptz not null,  -- when it happened
    recorded_at timestamptz not null,  -- when it was recorded
    data        json        not null,  -- as published: json keeps the text and costs less than jsonb
    digest      bytea       not null,
    primary key (ticket_id, service, partition, position)
);
