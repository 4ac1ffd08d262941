-- When each running clock rings next: a warning, a reminder, or its end. One row a clock that has a timer.
create table if not exists views.timers (
    ticket_id uuid        not null,
    clock     text        not null,
    cycle     integer     not null,
    stage     smallint    not null,
    due_at    timestamptz not null,
    partition smallint    not null,
    primary key (ticket_id, clock)
);
create index if not exists timers_due on views.timers (due_at);
-- Whether any at whose ring a ticket closes is due is asked before every ring, however many others are due.
create index if not exists timers_closing on views.timers (due_at)
    where stage = 100 and clock in ('unreachable', 'customer_silence', 'auto_close');
