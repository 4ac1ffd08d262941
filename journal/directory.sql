-- The copy of the directory that a follower keeps: every version of every record.
create table if not exists views.directory (
    kind     text    not null,
    key      text    not null,
    version  integer not null,
    active   boolean not null,
    record   jsonb   not null,
    position bigint  not null,
    primary key (kind, key, version)
);
create index if not exists directory_position on views.directory (position);
