"""What may be asked of the services, by request on `command.<service>` with a `Request` around it.

The gateway is the only caller on behalf of people: it knows who asks (`Request.by`); `contracts/policy.py`
says who may ask what, and the service that owns the command decides the rest.
"""

from contracts.commands.directory import RECORDS_MAX, DefineRecord, DefineRecords, Definition
from contracts.commands.intake import (
    IMPORTED_MAX,
    AcceptParked,
    ImportTickets,
    RejectParked,
    SubmitReply,
    SubmitTicket,
)
from contracts.commands.others import RetryDeadLetter, RetryNotification, SettleDeadLetter
from contracts.commands.project import (
    ApproveProject,
    MarkActivity,
    PlanProject,
    RejectProject,
    RequestApproval,
    SendBackProject,
)
from contracts.commands.said import Attachments, OnTicket, Said
from contracts.commands.ticket import (
    AddNote,
    AssignTicket,
    AwaitCustomer,
    CloseTicket,
    DismissReopening,
    EditOccurrence,
    HoldTicket,
    LinkTickets,
    LogContact,
    MergeTicket,
    PublishAnswer,
    RateResolution,
    ReclassifyTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    ReturnTicket,
    SplitTicket,
    TakeTicket,
    UnlinkTickets,
)

__all__ = [
    "IMPORTED_MAX",
    "RECORDS_MAX",
    "AcceptParked",
    "AddNote",
    "ApproveProject",
    "AssignTicket",
    "Attachments",
    "AwaitCustomer",
    "CloseTicket",
    "DefineRecord",
    "DefineRecords",
    "Definition",
    "DismissReopening",
    "EditOccurrence",
    "HoldTicket",
    "ImportTickets",
    "LinkTickets",
    "LogContact",
    "MarkActivity",
    "MergeTicket",
    "OnTicket",
    "PlanProject",
    "PublishAnswer",
    "RateResolution",
    "ReclassifyTicket",
    "RejectParked",
    "RejectProject",
    "ReopenTicket",
    "RequestApproval",
    "ResolveTicket",
    "ResumeTicket",
    "RetryDeadLetter",
    "RetryNotification",
    "ReturnTicket",
    "Said",
    "SendBackProject",
    "SettleDeadLetter",
    "SplitTicket",
    "SubmitReply",
    "SubmitTicket",
    "TakeTicket",
    "UnlinkTickets",
]
