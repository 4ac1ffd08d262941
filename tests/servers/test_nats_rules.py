"""The bus: who may say and hear what, as written and as a real server enforces it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError

from deploy.nats import EmbeddedNats
from deploy.nats_rules import (
    FOLLOWS,
    SERVICES,
    channel_inbox,
    channel_permissions,
    channel_user,
    service_inbox,
    service_permissions,
)
from tests.servers.bus import settle

Refusals = list[str]
Connected = AbstractAsyncContextManager[tuple[Client, Refusals]]


@asynccontextmanager
async def connected(server: EmbeddedNats, user: str, inbox: str) -> AsyncIterator[tuple[Client, Refusals]]:
    """A client of that user, and what the server refused it."""
    refused: Refusals = []

    async def on_error(error: Exception) -> None:
        refused.append(str(error).lower())

    client = await nats.connect(server.url(user), inbox_prefix=inbox.encode(), error_cb=on_error)
    try:
        yield client, refused
    finally:
        await client.close()


def as_service(server: EmbeddedNats, service: str) -> Connected:
    return connected(server, service, service_inbox(service))


def as_channel(server: EmbeddedNats, channel: str) -> Connected:
    return connected(server, channel_user(channel), channel_inbox(channel))


async def settled(refused: Refusals, client: Client, count: int = 1) -> Refusals:
    """The refusals, once the server has seen everything that was sent and so many have come back."""
    await settle(client)
    async with asyncio.timeout(60):
        while len(refused) < count:
            await asyncio.sleep(0.02)
    return refused


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_publishes_no_subject_of_another(service: str) -> None:
    allowed = service_permissions(service)["publish"]["allow"]
    others = {f"{other}.>" for other in SERVICES if other != service}
    assert not others & set(allowed)
    assert f"{service}.>" in allowed
    assert not [subject for subject in allowed if subject.startswith((">", "*", "channel."))]
    assert ("command.>" in allowed) == (service == "gateway")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_pulls_only_from_the_streams_it_follows(service: str) -> None:
    allowed = service_permissions(service)["publish"]["allow"]
    pulled = {subject.split(".")[5] for subject in allowed if ".CONSUMER.MSG.NEXT." in subject}
    assert pulled == {source.upper() for source in FOLLOWS[service]}
    removes = {subject for subject in allowed if ".STREAM.DELETE" in subject or ".PURGE" in subject}
    assert removes == ({"$JS.API.STREAM.PURGE.CHANNELS"} if service == "intake" else set())


def test_a_channel_speaks_for_itself_and_hears_itself() -> None:
    assert channel_permissions("chat") == {
        "publish": {"allow": ["channel.chat.>"]},
        "subscribe": {"allow": ["_INBOX.channel.chat.>"]},
    }


async def test_a_channel_cannot_publish_for_another_channel(nats_server: EmbeddedNats) -> None:
    async with (
        as_service(nats_server, "intake") as (intake, _),
        as_channel(nats_server, "demo") as (demo, refused),
    ):
        stream = intake.jetstream(timeout=60)
        await stream.add_stream(name="CHANNELS", subjects=["channel.>"])
        await demo.jetstream(timeout=60).publish("channel.demo.TicketOpened", b"{}")
        await demo.publish("channel.web.TicketOpened", b"{}")
        assert "channel.web.ticketopened" in (await settled(refused, demo))[0]
        assert (await stream.stream_info("CHANNELS")).state.messages == 1


@pytest.mark.parametrize("subject", ["sla.0", "journal.sla.heads", "command.lifecycle", "channel.demo.X"])
async def test_a_service_cannot_speak_for_another(nats_server: EmbeddedNats, subject: str) -> None:
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    async with (
        connected(nats_server, "admin", "_INBOX") as (admin, _),
        as_service(nats_server, "lifecycle") as (lifecycle, refused),
    ):
        await admin.subscribe(">", cb=hear)
        await settle(admin)
        await lifecycle.publish(subject, b"forged")
        assert subject.lower() in (await settled(refused, lifecycle))[0]
        assert b"forged" not in heard


async def test_nobody_listens_in_the_inbox_of_another(nats_server: EmbeddedNats) -> None:
    async with as_service(nats_server, "sla") as (sla, refused):
        await sla.subscribe("_INBOX.>")
        await sla.subscribe("_INBOX.service.gateway.>")
        await sla.subscribe("command.lifecycle")
        assert len(await settled(refused, sla, 3)) == 3


async def test_a_wrong_password_is_refused(nats_server: EmbeddedNats) -> None:
    url = f"nats://lifecycle:wrong@127.0.0.1:{nats_server.port}"
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        await nats.connect(url, connect_timeout=60, allow_reconnect=False, max_reconnect_attempts=0)


async def test_commands_are_answered_and_journals_read(nats_server: EmbeddedNats) -> None:
    async with (
        as_service(nats_server, "lifecycle") as (lifecycle, refused),
        as_service(nats_server, "gateway") as (gateway, _),
        as_service(nats_server, "sla") as (sla, _),
    ):

        async def answer(message: Msg) -> None:
            await message.respond(b"done " + message.data)

        await lifecycle.subscribe("command.lifecycle", queue="lifecycle", cb=answer)
        await lifecycle.subscribe("journal.lifecycle.read", queue="lifecycle", cb=answer)
        await settle(lifecycle)
        assert (await gateway.request("command.lifecycle", b"1", timeout=60)).data == b"done 1"
        assert (await sla.request("journal.lifecycle.read", b"2", timeout=60)).data == b"done 2"
        with pytest.raises(NoRespondersError):
            await sla.request("journal.intake.read", b"3", timeout=60)
        assert refused == []


async def test_a_service_follows_a_stream_whole_from_making_to_acknowledging(
    nats_server: EmbeddedNats,
) -> None:
    async with (
        as_service(nats_server, "lifecycle") as (lifecycle, no_owner_refusal),
        as_service(nats_server, "sla") as (sla, no_refusal),
    ):
        await sla.jetstream(timeout=60).add_stream(
            name="LIFECYCLE", subjects=["lifecycle.*"]
        )  # the follower was first
        await lifecycle.jetstream(timeout=60).publish("lifecycle.0", b"segment")
        held = await lifecycle.jetstream(timeout=60).get_last_msg("LIFECYCLE", "lifecycle.0")
        pull = await sla.jetstream(timeout=60).pull_subscribe(
            "lifecycle.0", durable="sla-0", stream="LIFECYCLE"
        )
        message = (await pull.fetch(1, timeout=60))[0]
        await message.ack_sync(timeout=60)
        assert held.data == message.data == b"segment"
        info = await sla.jetstream(timeout=60).consumer_info("LIFECYCLE", "sla-0")
        assert (info.num_ack_pending, info.num_pending) == (0, 0)
        assert no_owner_refusal == no_refusal == []


async def test_intake_confirms_to_a_channel(nats_server: EmbeddedNats) -> None:
    async with as_service(nats_server, "intake") as (intake, _), as_channel(nats_server, "demo") as (demo, _):
        confirm_to = demo.new_inbox()
        confirmations = await demo.subscribe(confirm_to)
        await settle(demo)
        await intake.publish(confirm_to, b"2026-000001")
        assert (await confirmations.next_msg(timeout=60)).data == b"2026-000001"


@pytest.mark.parametrize("end", [EmbeddedNats.stop, EmbeddedNats.kill])
async def test_what_was_acknowledged_is_there_after_a_restart(
    nats_server: EmbeddedNats, end: Callable[[EmbeddedNats], None]
) -> None:
    async with connected(nats_server, "admin", "_INBOX") as (admin, _):
        await admin.jetstream(timeout=60).add_stream(name="SLA", subjects=["sla.*"])
        for number in range(50):
            await admin.jetstream(timeout=60).publish("sla.0", str(number).encode())
    port = nats_server.port
    end(nats_server)
    assert not nats_server.running
    nats_server.start()
    assert nats_server.port == port
    async with connected(nats_server, "admin", "_INBOX") as (admin, _):
        assert (await admin.jetstream(timeout=60).stream_info("SLA")).state.messages == 50
        with pytest.raises(NotFoundError):
            await admin.jetstream(timeout=60).stream_info("LIFECYCLE")


def test_the_servers_secrets_are_for_their_owner_alone(nats_server: EmbeddedNats) -> None:
    secrets = [nats_server.state / "nats" / "nats.json", *(nats_server.state / "passwords").iterdir()]
    assert len(secrets) > len(SERVICES)
    assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}
