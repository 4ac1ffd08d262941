"""Every contract as JSON Schema (draft-07), for readers and writers in any language.

The schemas say what the desk *takes*: a field with a default may be left out, and history written
before the field existed has not got it either.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

# Each module adds its own to EVENTS and COMMANDS when it is imported.
from contracts import channels, commands, directory, intake, lifecycle, notifier, sla  # noqa: F401
from contracts.channels import Confirmation
from contracts.directory import KINDS
from contracts.envelope import COMMANDS, EVENTS, Reply, Request

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that every reader of AsyncAPI must know. Source: AsyncAPI 3.0, Multi Format Schema Object."""
ENVELOPES: dict[str, type[BaseModel]] = {
    "request": Request,
    "reply": Reply,
    "channel.Confirmation": Confirmation,
}
"""What travels besides events and commands, by the name of its schema."""


class _Draft07(GenerateJsonSchema):
    """Pydantic writes 2020-12; fixed tuples and the place of definitions are what differs for us.

    Titles made of field names say nothing, and are left out.
    """

    schema_dialect = DIALECT

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        found = super().tuple_schema(schema)
        if places := found.pop("prefixItems", None):
            found["items"] = places
        return found


def schemas() -> dict[str, Schema]:
    """Each schema by its name: an event's or command's topic, `record.<kind>`, or one of the envelopes."""
    kinds = {f"record.{kind}": form for kind, form in KINDS.items()}
    named: dict[str, type[BaseModel]] = {**EVENTS, **COMMANDS, **kinds, **ENVELOPES}
    return {name: schema_of(named[name]) for name in sorted(named)}


def schema_of(model: type[BaseModel]) -> Schema:
    """The schema of one contract."""
    found = model.model_json_schema(
        ref_template="#/definitions/{model}", schema_generator=_Draft07, mode="validation"
    )
    definitions = found.pop("$defs", None)
    return {"$schema": DIALECT, **found, **({"definitions": definitions} if definitions else {})}


def is_emitted(name: str) -> bool:
    """Whether the desk writes it and others read it; otherwise it is what others write to the desk."""
    written_by_others = name in COMMANDS or name == "request" or name.startswith("channel.")
    return name == "channel.Confirmation" or not written_by_others
