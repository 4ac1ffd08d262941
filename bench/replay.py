"""Replay of ticket states from the journal, against `eventsourcing` doing the same from its own.

Both read from PostgreSQL on the same server, validate what they read, and fold the same lives into states.
The library's side is written as its documentation shows: an aggregate with `@event` methods, read through
its own PostgreSQL recorder and mapper.
"""
