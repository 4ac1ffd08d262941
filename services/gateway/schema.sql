-- What the gateway keeps that no journal holds: who may log in. Applied as the owner role at each start;
-- a rebuild of the views does not touch it.
create schema if not exists access;

create table if not exists access.logins (
    login      text primary key,            -- the e-mail address, in lower case
    role       text not null check (role in ('requester', 'analyst', 'manager', 'auditor')),
    key        text not null,               -- of the contact or analyst in the directory
    password   text not null,               -- Argon2id, with its parameters and salt
    changed_at timestamptz not null         -- by the desk clock
);

-- Sessions that have begun and were not ended: a cookie of any other opens nothing.
create table if not exists access.sessions (
    id       text primary key,            -- SHA-256 of the id that the cookie bears
    login    text        not null references access.logins on delete cascade,
    began_at timestamptz not null default now()  -- by the server: a desk clock that runs fast ends no session
);
create index if not exists sessions_began on access.sessions (began_at);

-- Failed log-ins since a success, by login and by address of the network.
create table if not exists access.failures (
    what      text        not null,
    failed_at timestamptz not null
);
create index if not exists failures_what on access.failures (what);
create index if not exists failures_at on access.failures (failed_at);

-- Files handed in through the API: only whoever brought one may attach it.
create table if not exists access.uploads (
    login  text not null,
    sha256 text not null,
    primary key (login, sha256)
);

grant usage on schema access to {service_role};
grant select, insert, update on access.logins to {service_role};
grant select, insert, delete on access.sessions to {service_role};
grant select, insert, delete on access.failures to {service_role};
grant select, insert on access.uploads to {service_role};

-- The views start over: every followed journal is applied from its first entry again. Only here, where
-- nothing but views follows from what is applied.
create or replace function journal.forget_applied() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from journal.applied;
$$;
revoke all on function journal.forget_applied() from public;
grant execute on function journal.forget_applied() to {service_role};
