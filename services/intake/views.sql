-- What intake looks up: all of it can be rebuilt from its own journal and those it follows.
create table if not exists views.numbers (
    year integer primary key,
    last integer not null
);
create table if not exists views.tickets (
    ticket_id uuid primary key,
    number    text    not null unique,
    customer  text    not null,
    closed    boolean not null default false
);
-- Message-IDs seen on tickets: of mails received, and of the desk's own.
create table if not exists views.message_ids (
    message_id      text not null,
    ticket_id       uuid not null,
    notification_id uuid,
    primary key (message_id, ticket_id)
);
create table if not exists views.notifications (
    notification_id uuid primary key,
    ticket_id       uuid,
    recipient       text not null
);
