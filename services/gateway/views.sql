-- What the pages read. Every row follows from the journals alone: `python -m services.gateway.rebuild`
-- empties these tables and fills them again. Each column is written by the reaction to one journal only, so
-- that no order between journals can show in it. Whoever changes a column here, or what an event makes of one
-- in `rows.py` or `clock_rows.py`, raises `LAYOUT` in `layout.py`: the views then start over by themselves.

-- From lifecycle: a ticket as it stands.
create table if not exists views.tickets (
    ticket_id        uuid primary key,
    number           text        not null,
    status           text        not null,
    area             text        not null,
    analyst          text,
    customer         text        not null,
    requester        text        not null,
    application      text        not null,
    classification   text        not null,
    kind             text,
    level            text        not null,
    priority         text        not null,
    urgency          smallint    not null,  -- of the priority: 0 is the most urgent
    by_hand          boolean     not null,  -- a person set the priority
    criticality      text,
    severity         text,
    channel          text        not null,
    subject          text        not null,
    opened_at        timestamptz not null,
    answered_at      timestamptz,
    resolution       integer     not null,
    score            smallint,
    closed_because   text,
    linked_to        uuid,                  -- the ticket it came from
    relation         text,                  -- and why
    merged_into      uuid,
    third_party      text,                  -- while on hold
    expected_on      date,
    attempts         integer     not null,  -- at contact, without an answer in a row
    contested        boolean     not null,  -- the reopening may be dismissed
    revision         integer     not null,  -- of the project's newest plan, 0: none
    approved         integer     not null,  -- of the newest plan that was approved
    asked_by         text,                  -- for its approval
    activities_open  integer[]   not null,
    activities_done  integer[]   not null,
    imported         boolean     not null,
    reference        text        not null,  -- in the system it was imported from
    contract         text        not null,  -- pinned when it opened
    calendar         text        not null,
    calendar_version integer     not null,
    active_at        timestamptz not null
);
create index if not exists tickets_number on views.tickets (number);
create index if not exists tickets_origin on views.tickets (linked_to) where linked_to is not null;
create index if not exists tickets_merged on views.tickets (merged_into) where merged_into is not null;
create index if not exists tickets_pace on views.tickets (area, answered_at)
    where answered_at is not null and not imported;

-- What tickets are listed by, in the queue's order. From lifecycle all up to `opened_at`, from sla the
-- others: the nearest instant at which a clock that the desk answers for runs out, whether one has, or has warned,
-- and the versions that the clocks go by, those of the opening until a manager rebases the ticket.
create table if not exists views.queue (
    ticket_id uuid primary key,
    status    text,                         -- null until lifecycle's side is here
    area      text,
    analyst   text,
    customer  text,
    requester text,
    kind      text,
    priority  text,
    urgency   smallint,
    opened_at timestamptz,
    due_at    timestamptz,
    breached  boolean not null default false,
    warned    boolean not null default false,
    sla_policy         text,
    sla_policy_version integer,
    calendar           text,
    calendar_version   integer
);
create index if not exists queue_order on views.queue
    (urgency, coalesce(due_at, 'infinity'), opened_at, ticket_id) where status <> 'closed';
create index if not exists queue_of_area on views.queue
    (area, urgency, coalesce(due_at, 'infinity'), opened_at, ticket_id) where status <> 'closed';
create index if not exists queue_of_analyst on views.queue
    (analyst, urgency, coalesce(due_at, 'infinity'), opened_at, ticket_id) where status <> 'closed';
create index if not exists queue_of_policy on views.queue
    (sla_policy, sla_policy_version, ticket_id) where status <> 'closed';
create index if not exists queue_of_calendar on views.queue
    (calendar, calendar_version, ticket_id) where status <> 'closed';
create index if not exists queue_of_customer on views.queue (customer, opened_at desc, ticket_id desc);

-- From sla: the clocks of a ticket, each in its latest cycle.
create table if not exists views.clocks (
    ticket_id          uuid        not null,
    clock              text        not null,
    cycle              integer     not null,
    state              text        not null,  -- running, paused, met, stopped, reached
    due_at             timestamptz,           -- while running
    remaining_s        integer,               -- while paused
    breached_at        timestamptz,
    late               boolean     not null,
    stage              smallint    not null,
    target_s           integer     not null,
    calendar           text        not null,  -- counted by
    calendar_version   integer     not null,
    sla_policy         text        not null,
    sla_policy_version integer     not null,
    lapsed             boolean     not null,  -- it ran out before its ticket was imported
    alert              smallint    not null,  -- the stage that nobody has said to see to, 0: none
    alerted_at         timestamptz,
    primary key (ticket_id, clock)
);
create index if not exists clocks_alerting on views.clocks (alerted_at)
    where alert > 0 and state in ('running', 'paused');

-- From intake: what waits for a person, or was put aside without one and without a ticket, and what became of
-- it. A decision may stand in another partition than the message: all but the first three are null until it is here.
-- The latest event of the message's stream counts, `version` is its place there.
create table if not exists views.parked (
    submission_id uuid primary key,
    state         text        not null,  -- waiting, aside, accepted, rejected
    version       integer     not null,
    reason        text,
    detail        text,
    application   text,
    match         uuid,                  -- the ticket that it seems to belong to
    received_at   timestamptz,
    delivered     json
);
create index if not exists parked_waiting on views.parked (received_at, submission_id) where state = 'waiting';
create index if not exists parked_aside on views.parked (received_at desc, submission_id desc) where state = 'aside';

-- From notifier: e-mails given up.
create table if not exists views.undelivered (
    notification_id uuid primary key,
    ticket_id       uuid,
    at              timestamptz not null,
    error           text        not null
);

-- From notifier: addresses that are written to no more, since their mail came back.
create table if not exists views.suspended (
    address   text primary key,
    ticket_id uuid,
    at        timestamptz not null,
    bounces   integer     not null,
    status    text        not null
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
create index if not exists history_ratings on views.history (at desc, ticket_id)
    where topic = 'lifecycle.ResolutionRated';
