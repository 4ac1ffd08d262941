"""The embedded PostgreSQL: durable, closed, and started whatever the last end was like."""

import os
import socket
from pathlib import Path

import asyncpg
import pytest

from deploy.postgres import EmbeddedPostgres
from deploy.words import Problem
from tests.servers.backing import connected


async def test_what_was_committed_is_there_after_a_kill(postgres_server_own: EmbeddedPostgres) -> None:
    async with connected(postgres_server_own.url) as admin:
        await admin.execute("create table kept (id int); insert into kept values (1)")
    url = postgres_server_own.url
    postgres_server_own.kill()
    assert not postgres_server_own.running
    postgres_server_own.start()
    assert postgres_server_own.url == url
    async with connected(url) as admin:
        assert await admin.fetchval("select id from kept") == 1


async def test_it_is_set_for_durability_and_silence(postgres_server_own: EmbeddedPostgres) -> None:
    async with connected(postgres_server_own.url) as admin:
        for setting, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "server_encoding": "UTF8",
            "log_min_error_statement": "panic",
            "password_encryption": "scram-sha-256",
        }.items():
            assert (setting, await admin.fetchval("select current_setting($1)", setting)) == (setting, value)
        with pytest.raises(asyncpg.UniqueViolationError):
            await admin.execute("create table s (x text unique); insert into s values ('hush'), ('hush')")
    assert "duplicate key" in postgres_server_own.log.read_text()
    assert "hush" not in postgres_server_own.log.read_text()


async def test_nobody_enters_without_the_password(postgres_server_own: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:guess@127.0.0.1:{postgres_server_own.port}/postgres")


def test_it_does_not_run_as_root(postgres_server_own: EmbeddedPostgres) -> None:
    runs_as = Path(f"/proc/{postgres_server_own.pid}").stat().st_uid
    assert runs_as != 0
    assert postgres_server_own.data.stat().st_uid == runs_as


async def test_a_stale_pid_file_of_an_id_in_use_is_no_obstacle(state: Path) -> None:
    server = EmbeddedPostgres(state)
    server.start()
    left = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:], ""]))
    server.start()
    try:
        async with connected(server.url) as admin:
            assert await admin.fetchval("select 1") == 1
    finally:
        server.stop()


def test_an_interrupted_creation_leaves_nothing_that_looks_finished(state: Path) -> None:
    server = EmbeddedPostgres(state)
    (server.place.folder / "data.unfinished").mkdir()
    (server.place.folder / "data.unfinished" / "PG_VERSION").write_text("18\n")
    server.start()
    server.stop()
    assert server.code == 0


def test_data_of_another_version_are_refused_in_one_sentence(state: Path) -> None:
    server = EmbeddedPostgres(state)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Problem) as caught:
        server.start()
    assert caught.value.code == "other_version"
    assert caught.value.facts["found"] == 9


def test_a_port_that_stays_taken_is_said(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedPostgres(state, port=taken.getsockname()[1])
        with pytest.raises(Problem) as caught:
            server.start()
    assert caught.value.code == "start_failed"
    assert not server.running
