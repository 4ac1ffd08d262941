"""What the gateway reads from its environment besides what every service does."""

from pydantic_settings import BaseSettings, SettingsConfigDict

_MB = 1_000_000


class GatewaySettings(BaseSettings):
    """Where the pages are served, and how much may be handed in; from `GATEWAY_…`."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: str = ""
    """Addresses whose `X-Forwarded-For` is believed, comma-separated; nobody's by default."""
    file_bytes_max: int = 25 * _MB
    """Of one file. Source: the issue on the walking desk, section 4, as the limit of one mail."""
    upload_bytes_max: int = 50 * _MB
    """Of everything in one form."""
    files_max: int = 20
    file_types_refused: str = ""
    """Endings and media types that nobody may hand in, as `.exe,application/x-msdownload`. Source: domain page, Opening (6)."""
