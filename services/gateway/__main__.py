"""`python -m services.gateway`: wiring."""

import contextlib

import uvicorn

from journal.service import Service, run
from journal.tokens import KeyRing
from services.gateway.app import application
from services.gateway.asking import Asker
from services.gateway.layout import make_views
from services.gateway.logins import Logins
from services.gateway.portal import Portal
from services.gateway.reading import Views
from services.gateway.settings import GatewaySettings
from services.gateway.views import REACTIONS, on_directory, views_journal


async def build(service: Service) -> None:
    """Follow every journal into the views; serve the pages over them."""
    settings = GatewaySettings()
    await make_views(service.pool)
    journal = views_journal(await service.views_pool(), service.clock, service.settings.partitions)
    await service.follow_directory(journal)
    service.follow("directory", journal, on_directory, partitions=1)  # in its place: with the history
    for source, react in REACTIONS.items():
        service.follow(source, journal, react)
    server = _server(portal_of(service, settings), settings)
    service.also(server.serve)
    service.ready_checks.append(lambda: server.started)


def portal_of(service: Service, settings: GatewaySettings) -> Portal:
    """The parts behind the pages, out of a wired service. Raises ValueError without a secret or a blob store."""
    if service.blobs is None:
        raise ValueError("BLOBS_URL is not set")
    views = Views(service.pool)
    return Portal(
        views=views,
        logins=Logins(service.pool, service.clock),
        asker=Asker(service.bus, views),
        directory=service.directory,
        blobs=service.blobs,
        clock=service.clock,
        settings=settings,
        keys=KeyRing.of(service.settings.desk_secret),
        https=service.settings.portal_url.startswith("https:"),
    )


def _server(portal: Portal, settings: GatewaySettings) -> uvicorn.Server:
    config = uvicorn.Config(
        application(portal),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    # Signals are the service's: uvicorn would raise them again and cut the others short.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server


if __name__ == "__main__":
    run("gateway", build)
