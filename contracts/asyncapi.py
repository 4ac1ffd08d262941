"""The bus as an AsyncAPI 3.0 document: every subject, who may say what there, and what is answered."""

from typing import Any

from contracts.envelope import COMMANDS, EVENTS

Node = dict[str, Any]

VERSION = "1.0.0"
"""Of the description as a whole; each event has a version of its own in its topic."""
_SCHEMA_FORMAT = "application/schema+json;version=draft-07"


def document() -> Node:
    """The whole document, as data."""
    owners = sorted({event.owner for event in EVENTS.values()} - {"channel"})
    deciders = sorted({command.owner for command in COMMANDS.values()})
    parts = [
        *(_submission(topic) for topic in sorted(EVENTS) if EVENTS[topic].owner == "channel"),
        _confirmation(),
        *(_journal(owner) for owner in owners),
        *(_reading(owner) for owner in owners),
        *(_hearing(owner) for owner in owners),
        *(_heads(owner) for owner in owners),
        *(_commands(owner) for owner in deciders),
        _answers(),
    ]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Atendimento",
            "version": VERSION,
            "description": "The subjects of the desk on NATS, as the desk sees them: it receives what it is "
            "sent, and sends what it has recorded. contracts/README.md tells how to be a channel.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "desk": {
                "host": "localhost:4222",
                "protocol": "nats",
                "description": "A desk of one machine; each channel and service has a user of its own.",
                "security": [{"$ref": "#/components/securitySchemes/user"}],
            }
        },
        "channels": {name: channel for part in parts for name, channel in part["channels"].items()},
        "operations": {name: one for part in parts for name, one in part.get("operations", {}).items()},
        "components": {
            "messages": {name: one for part in parts for name, one in part.get("messages", {}).items()},
            "schemas": {"cloudEvent": _cloud_event()},
            "securitySchemes": {"user": {"type": "userPassword"}},
        },
    }


def _submission(topic: str) -> Node:
    event = EVENTS[topic]
    name = event.__name__
    channel = f"channel.{name}"
    return {
        "channels": {
            channel: {
                "address": f"channel.{{name}}.{name}",
                "description": "On the JetStream stream CHANNELS.",
                "parameters": {"name": {"description": "The channel's own name, as in its NATS user."}},
                "messages": {topic: {"$ref": f"#/components/messages/{topic}"}},
            }
        },
        "operations": {
            f"take{name}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{channel}"},
                "summary": _summary(event),
                "reply": {
                    "address": {"location": "$message.header#/Confirm-To"},
                    "channel": {"$ref": "#/channels/confirmation"},
                },
            }
        },
        "messages": {
            topic: {
                "name": topic,
                "summary": _summary(event),
                "headers": _headers(),
                "payload": _file(topic),
            }
        },
    }


def _headers() -> Node:
    return {
        "type": "object",
        "properties": {
            "Confirm-To": {
                "type": "string",
                "description": "Where the confirmation goes: _INBOX.channel.<name>.<anything>.",
            },
            "traceparent": {"type": "string", "description": "W3C Trace Context, continued by the desk."},
        },
    }


def _confirmation() -> Node:
    name = "channel.Confirmation"
    return {
        "channels": {
            "confirmation": {
                "address": None,
                "description": "The subject that the submission's header Confirm-To names.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            }
        },
        "messages": {name: {"name": name, "payload": _file(name)}},
    }


def _journal(owner: str) -> Node:
    message = f"{owner}.segment"
    return {
        "channels": {
            owner: {
                "address": f"{owner}.{{partition}}",
                "description": f"On the JetStream stream {owner.upper()}: entries of its journal, in order, "
                "each with the next sequence of its partition. A copy may come twice.",
                "parameters": {"partition": {"description": "From 0."}},
                "messages": {message: {"$ref": f"#/components/messages/{message}"}},
            }
        },
        "operations": {f"{owner}Publishes": {"action": "send", "channel": {"$ref": f"#/channels/{owner}"}}},
        "messages": {
            message: {
                "name": message,
                "summary": f"Consecutive entries of one partition of the journal of {owner}.",
                "contentType": "application/cloudevents-batch+json",
                "payload": _inline({"type": "array", "minItems": 1, "items": _entries(owner)}),
            }
        },
    }


def _entries(owner: str) -> Node:
    """One of the owner's events in its CloudEvent."""
    return {
        "allOf": [{"$ref": "#/components/schemas/cloudEvent"}],
        "oneOf": [
            {"properties": {"type": {"const": topic}, "data": {"$ref": f"./{topic}.json"}}}
            for topic in sorted(EVENTS)
            if EVENTS[topic].owner == owner
        ],
    }


def _reading(owner: str) -> Node:
    channel, message = f"journal.{owner}.read", f"{owner}.readRequest"
    fields = {
        "partition": {"type": "integer", "minimum": 0},
        "after": {"type": "integer", "minimum": 0, "description": "The position before the first wanted."},
        "limit": {"type": "integer", "minimum": 1},
    }
    return {
        "channels": {
            channel: {
                "address": channel,
                "description": "NATS request and reply.",
                "messages": {message: {"$ref": f"#/components/messages/{message}"}},
            },
            f"{channel}.answer": {
                "address": None,
                "messages": {f"{owner}.segment": {"$ref": f"#/components/messages/{owner}.segment"}},
            },
        },
        "operations": {f"{owner}Reads": _answering(channel, f"{channel}.answer")},
        "messages": {
            message: {
                "name": message,
                "payload": _inline({"type": "object", "required": list(fields), "properties": fields}),
            }
        },
    }


def _hearing(owner: str) -> Node:
    channel = f"journal.{owner}.hear"
    asked, answer = f"{owner}.hearRequest", f"{owner}.heard"
    source = {
        "type": "string",
        "description": "The service whose journal is meant; of intake also `channels`: what has reached the desk "
        "by the stream CHANNELS and in the mailboxes that are read.",
    }
    at = {
        "type": "string",
        "format": "date-time",
        "description": "Up to which desk instant mailboxes are to be read at least; now where it is not given.",
    }
    heard = {"type": "boolean", "description": "False where it did not say, or is none here."}
    return {
        "channels": {
            channel: {
                "address": channel,
                "description": "NATS request and reply: answered once all that the source has to tell by now "
                "is applied here.",
                "messages": {asked: {"$ref": f"#/components/messages/{asked}"}},
            },
            f"{channel}.answer": {
                "address": None,
                "messages": {answer: {"$ref": f"#/components/messages/{answer}"}},
            },
        },
        "operations": {f"{owner}Hears": _answering(channel, f"{channel}.answer")},
        "messages": {
            name: {
                "name": name,
                "payload": _inline({"type": "object", "required": [required], "properties": fields}),
            }
            for name, required, fields in (
                (asked, "source", {"source": source, "at": at}),
                (answer, "heard", {"heard": heard}),
            )
        },
    }


def _heads(owner: str) -> Node:
    channel, message = f"journal.{owner}.heads", f"{owner}.heads"
    heads = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
    return {
        "channels": {
            channel: {
                "address": channel,
                "description": "The last position of each partition, again every few seconds.",
                "messages": {message: {"$ref": f"#/components/messages/{message}"}},
            }
        },
        "operations": {
            f"{owner}AnnouncesHeads": {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}}
        },
        "messages": {
            message: {
                "name": message,
                "payload": _inline({**heads, "propertyNames": {"pattern": "^[0-9]+$"}}),
            }
        },
    }


def _commands(owner: str) -> Node:
    channel = f"command.{owner}"
    topics = [topic for topic in sorted(COMMANDS) if COMMANDS[topic].owner == owner]
    return {
        "channels": {
            channel: {
                "address": channel,
                "description": "NATS request and reply. The gateway alone may ask.",
                "messages": {topic: {"$ref": f"#/components/messages/{topic}"} for topic in topics},
            }
        },
        "operations": {f"{owner}Decides": _answering(channel, "answer")},
        "messages": {
            topic: {
                "name": topic,
                "summary": _summary(COMMANDS[topic]),
                "payload": _inline(
                    {
                        "allOf": [{"$ref": "./request.json"}],
                        "properties": {"type": {"const": topic}, "data": {"$ref": f"./{topic}.json"}},
                    }
                ),
            }
            for topic in topics
        },
    }


def _answers() -> Node:
    return {
        "channels": {
            "answer": {
                "address": None,
                "description": "The reply subject of the NATS request.",
                "messages": {"reply": {"$ref": "#/components/messages/reply"}},
            }
        },
        "messages": {"reply": {"name": "reply", "payload": _file("reply")}},
    }


def _answering(channel: str, answer: str) -> Node:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "reply": {"channel": {"$ref": f"#/channels/{answer}"}},
    }


def _cloud_event() -> Node:
    """An entry on its way. Source: CloudEvents 1.0, JSON Event Format; extensions sequence, partitioning."""
    texts = ("id", "source", "type", "partitionkey", "sequence", "version", "digest", "traceparent")
    return {
        "type": "object",
        "description": "`sequence` is the position in the partition, `partitionkey` the stream, `version` the "
        "place in that stream, `digest` the SHA-256 that chains it to the entry before.",
        "required": ["specversion", *texts[:-1], "time", "datacontenttype", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            **{name: {"type": "string"} for name in texts},
        },
    }


def _file(name: str) -> Node:
    return _inline({"$ref": f"./{name}.json"})


def _inline(schema: Node) -> Node:
    return {"schemaFormat": _SCHEMA_FORMAT, "schema": schema}


def _summary(contract: type) -> str:
    return (contract.__doc__ or "").strip().partition("\n")[0]
