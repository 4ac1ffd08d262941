"""What sla reads from its environment besides what every service reads."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from services.sla.inbound import PATIENCE_S


class ClosingSettings(BaseSettings):
    """`CLOSURE_PATIENCE_S`: real seconds for which closures wait for inbound mail that cannot be read (inbound.py)."""

    closure_patience_s: Annotated[float, Field(ge=0)] = PATIENCE_S
