"""The stream of the channels keeps what was not taken in, and only that."""

import nats

from deploy.nats import EmbeddedNats
from journal.bus import CHANNELS, Bus


async def test_what_was_acknowledged_without_a_gap_is_purged_and_the_rest_stays(
    nats_server: EmbeddedNats,
) -> None:
    bus = await Bus.connect(nats_server.url("intake"), "intake")
    await bus.provision_channels()
    channel = await nats.connect(nats_server.url("channel-demo"), inbox_prefix=b"_INBOX.channel.demo")
    for number in range(6):
        await channel.jetstream(timeout=60).publish("channel.demo.TicketOpened", str(number).encode())
    await bus.subscription(CHANNELS, "intake", "channel.>", 100, only_copy=True)
    taken = []
    async for messages in bus.batches(CHANNELS, "intake", 10):
        taken += messages
        if len(taken) == 6:
            break
    for message in (*taken[:3], taken[4]):
        await message.ack_sync(timeout=60)
    await bus.purge_taken(CHANNELS, "intake")
    info = await bus.js.stream_info(CHANNELS)
    assert (info.state.first_seq, info.state.messages) == (4, 3)
    await bus.purge_taken(CHANNELS, "intake")
    await channel.close()
    await bus.close()
