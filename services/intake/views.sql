-- What intake looks up: all of it follows from its own journal and those it follows (rebuild.py).
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
-- Since tickets can be merged and closures undone: the ticket that this one goes on as; and when a clock
-- closed it, the instant up to which what was received undoes that.
alter table views.tickets add column if not exists heir uuid;
alter table views.tickets add column if not exists undone_until timestamptz;
-- What a late reply's own ticket is about as well.
alter table views.tickets add column if not exists application text;
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
-- Whose answer to it is published on the ticket; of no one's where it does not say so.
alter table views.notifications add column if not exists analyst text;
create index if not exists tickets_heir on views.tickets (heir) where heir is not null;
-- Whose number counts in a subject: the ticket's requester, and whoever of the customer's wrote on it.
create table if not exists views.participants (
    ticket_id uuid not null,
    contact   text not null,
    primary key (ticket_id, contact)
);
-- Of tickets from before it was kept: looked for only while nobody takes part in any.
insert into views.participants
select (told ->> 'ticket_id')::uuid, coalesce(told ->> 'requester', told -> 'ticket' ->> 'requester')
  from (select convert_from(data, 'UTF8')::jsonb as told from journal.entries
         where topic in ('intake.TicketRegistered.v1', 'intake.TicketImported.v1', 'intake.ReplyReceived.v1')
           and not exists (select from views.participants)) before
 where coalesce(told ->> 'requester', told -> 'ticket' ->> 'requester') is not null
on conflict do nothing;
