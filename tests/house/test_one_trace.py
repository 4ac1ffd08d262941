"""One trace leads from the channel to the e-mail, through every service's journal."""

import asyncio
from uuid import uuid4

import nats

from contracts.channels import TicketOpened
from tests.running import running_desk
from tests.servers.backing import connected

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FOLLOWED = ("intake", "lifecycle", "sla", "notifier")


async def test_one_trace_leads_from_the_channel_to_the_email() -> None:
    async with running_desk() as desk:
        channel = await nats.connect(desk.nats_url("channel-demo"), inbox_prefix=b"_INBOX.channel.demo")
        event = TicketOpened(
            submission_id=str(uuid4()),
            channel="web",
            requester="ana.prado@serra.example.com",
            subject="Erro 539",
            text="A nota não sai.",
        )
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        # As channels are told to: a message that the bus did not confirm may have found no stream there yet.
        bus = channel.jetstream(timeout=60)
        await bus.publish("channel.demo.TicketOpened", event.encoded(), headers=headers)
        traced: dict[str, set[str]] = {}
        async with asyncio.timeout(60):
            while set(traced) != set(FOLLOWED) or "notifier.NotificationSent.v1" not in traced["notifier"]:
                for service in FOLLOWED:
                    async with connected(desk.auditor_url(service)) as auditor:
                        rows = await auditor.fetch(
                            "select topic from journal.entries where trace like $1", f"00-{TRACE}-%"
                        )
                    if rows:
                        traced[service] = {row["topic"] for row in rows}
                await asyncio.sleep(0.05)
        await channel.close()
    assert "intake.TicketRegistered.v1" in traced["intake"]
    assert "lifecycle.TicketQueued.v1" in traced["lifecycle"]
    assert "sla.ClockStarted.v1" in traced["sla"]
