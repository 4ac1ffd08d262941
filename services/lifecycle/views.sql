-- Who has which ticket: what an area's rule looks at before it gives a new one to somebody.
create table if not exists views.assignments (
    ticket_id uuid    primary key,
    analyst   text,             -- null in the queue
    live      boolean not null  -- neither resolved nor closed
);
create index if not exists assignments_live on views.assignments (analyst) where live;

-- When a rule last gave a ticket to an analyst.
create table if not exists views.turns (
    analyst  text        primary key,
    given_at timestamptz not null
);
