"""What tests need of a NATS client that the client does not give."""

from nats.aio.client import Client


async def settle(client: Client) -> None:
    """Return once the server has taken in all that the client has sent until now, its subscriptions included.

    One `flush` of nats-py 2.16 does not say that: its PING goes to the socket ahead of what still waits to be
    written. When that PING is answered the rest is on its way, and a second PING comes after it.
    """
    await client.flush()
    await client.flush()
