-- The journal of one service. Applied at each start, as the owner role; the service's own role may call
-- the functions and read, and that is all: no UPDATE, DELETE or TRUNCATE reaches an entry.

create table if not exists journal.entries (
    partition    smallint    not null,
    position     bigint      not null,
    stream_id    uuid        not null,
    version      integer     not null,
    topic        text        not null,
    recorded_at  timestamptz not null,
    trace        text        not null,
    data         bytea       not null,
    digest       bytea       not null,
    primary key (partition, position)
);
create unique index if not exists entries_stream on journal.entries (stream_id, version);

-- The last entry of each partition; its row lock is what makes positions gapless.
create table if not exists journal.heads (
    partition smallint primary key,
    position  bigint not null,
    digest    bytea  not null
);

-- How far this service has applied each partition of each journal it follows.
create table if not exists journal.applied (
    source    text     not null,
    partition smallint not null,
    position  bigint   not null,
    primary key (source, partition)
);

-- The answer given to each idempotency key.
create table if not exists journal.answers (
    key         text primary key,
    answer      bytea       not null,
    answered_at timestamptz not null
);

-- Entries of other journals that could not be decided on: parked for a person, retried by command.
create table if not exists journal.dead_letters (
    source     text        not null,
    partition  smallint    not null,
    position   bigint      not null,
    stream_id  uuid        not null,
    version    integer     not null,
    topic      text        not null,
    recorded_at timestamptz not null,
    trace      text        not null,
    data       bytea       not null,
    error      text        not null,
    parked_at  timestamptz not null,
    settled_at timestamptz,
    settled_by text,
    settled_because text,
    primary key (source, partition, position)
);
create index if not exists dead_letters_open on journal.dead_letters (parked_at) where settled_at is null;

-- Append entries to one partition, chained. Each digest is
-- sha256(previous digest || position as int8, big-endian || content digest), where the content digest,
-- computed by the caller and given one after the other, covers stream, version, topic, instant, trace and data (journal/chain.py).
-- Returns the position of the last entry. A taken (stream, version) raises unique_violation.
create or replace function journal.append(
    _partition smallint, _streams uuid[], _versions integer[], _topics text[], _recorded_at timestamptz,
    _traces text[], _data bytea[], _contents bytea
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    _position bigint;
    _digest   bytea;
    _count    integer := cardinality(_streams);
    _digests  bytea[] := array_fill(null::bytea, array[cardinality(_streams)]);
begin
    if not (_count = cardinality(_versions) and _count = cardinality(_topics) and _count = cardinality(_traces)
            and _count = cardinality(_data) and _count * 32 = length(_contents)) then
        raise exception 'append: columns differ in length' using errcode = 'invalid_parameter_value';
    end if;
    select h.position, h.digest into _position, _digest
      from journal.heads h where h.partition = _partition for update;
    if not found then
        insert into journal.heads values (_partition, 0, sha256('')) on conflict do nothing;
        select h.position, h.digest into strict _position, _digest
          from journal.heads h where h.partition = _partition for update;
    end if;
    if _count = 0 then
        return _position;
    end if;
    for i in 1 .. _count loop
        _digest := sha256(_digest || int8send(_position + i) || substr(_contents, i * 32 - 31, 32));
        _digests[i] := _digest;
    end loop;
    insert into journal.entries (partition, position, stream_id, version, topic, recorded_at, trace, data, digest)
    select _partition, _position + e.n, e.stream_id, e.version, e.topic, _recorded_at, e.trace, e.data, e.digest
      from unnest(_streams, _versions, _topics, _traces, _data, _digests)
           with ordinality as e(stream_id, version, topic, trace, data, digest, n);
    update journal.heads h set position = _position + _count, digest = _digest where h.partition = _partition;
    perform pg_notify('journal', _partition || ' ' || (_position + _count));
    return _position + _count;
end $$;

-- Move the applied position of a followed partition, compare and set. False when another was first.
create or replace function journal.advance(_source text, _partition smallint, _from bigint, _to bigint)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if _to < _from then
        raise exception 'advance: % is behind %', _to, _from using errcode = 'invalid_parameter_value';
    end if;
    if _from = 0 then
        insert into journal.applied values (_source, _partition, 0) on conflict do nothing;
    end if;
    update journal.applied a set position = _to
     where a.source = _source and a.partition = _partition and a.position = _from;
    return found;
end $$;

-- The usual case, in one round trip: what followed from a segment, and how far it has been applied.
-- Null when another replica applied that segment first: nothing is written then.
create or replace function journal.append_applied(
    _source text, _source_partition smallint, _from bigint, _to bigint,
    _partition smallint, _streams uuid[], _versions integer[], _topics text[], _recorded_at timestamptz,
    _traces text[], _data bytea[], _contents bytea
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not journal.advance(_source, _source_partition, _from, _to) then
        return null;
    end if;
    return journal.append(_partition, _streams, _versions, _topics, _recorded_at, _traces, _data, _contents);
end $$;

revoke all on all tables in schema journal from public;
revoke all on all functions in schema journal from public;
grant usage on schema journal to {service_role};
grant select on all tables in schema journal to {service_role};
grant insert on journal.answers to {service_role};
grant insert, update (settled_at, settled_by, settled_because) on journal.dead_letters to {service_role};
grant execute on all functions in schema journal to {service_role};
