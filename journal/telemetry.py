"""One trace from channel to e-mail: `traceparent` travels in every entry and request.

Spans are exported as JSON lines to the file that `OTEL_TRACES_FILE` names; without it, only the trace
context travels. A channel's sampling decision (`TRACE_RATIO`, default 1) holds for the whole way.
"""

import os
import re
import secrets
import time
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from contracts.envelope import TRACEPARENT

_FORM = re.compile(TRACEPARENT)
_SAMPLED = 0x01
"""Source: W3C Trace Context, section 3.2.2.5.1."""
_tracer: trace.Tracer | None = None
_provider: TracerProvider | None = None
_ratio = 1.0


def configure(service: str) -> None:
    """Set up from the environment; called once by every service at its start."""
    global _tracer, _provider, _ratio  # noqa: PLW0603 - one tracer a process, set once
    _ratio = float(os.environ.get("TRACE_RATIO", "1"))
    if path := os.environ.get("OTEL_TRACES_FILE"):
        _provider = TracerProvider(resource=Resource.create({"service.name": service}))
        out = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 - open as long as the process
        exporter = ConsoleSpanExporter(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")
        _provider.add_span_processor(BatchSpanProcessor(exporter))
        _tracer = _provider.get_tracer("atendimento")


def flush() -> None:
    """Write what has been recorded: before a process ends without its usual farewell."""
    if _provider is not None:
        _provider.force_flush()


def start() -> str:
    """The traceparent of a new trace, sampled by the ratio. Source: W3C Trace Context, section 3.2."""
    sampled = _ratio >= 1 or secrets.randbelow(1_000_000) < _ratio * 1_000_000
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{'01' if sampled else '00'}"


def _parent(traceparent: str) -> SpanContext | None:
    if not _FORM.fullmatch(traceparent):
        return None
    _, trace_id, span_id, flags = traceparent.split("-")
    context = SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16)))
    return context if context.is_valid else None


def child(traceparent: str, name: str, started_ns: int | None = None) -> str:
    """Record a span under a traceparent, from `started_ns` until now; the traceparent for what follows.

    None stays none. One that is malformed, as anybody's header may be, begins a new trace.
    """
    if not traceparent:
        return ""
    parent = _parent(traceparent)
    if parent is None:
        return child(start(), name, started_ns)
    if _tracer is None or not parent.trace_flags & _SAMPLED:
        return traceparent
    context = trace.set_span_in_context(NonRecordingSpan(parent))
    span = _tracer.start_span(name, context, start_time=started_ns or time.time_ns())
    span.end()
    own = span.get_span_context()
    return f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}"
