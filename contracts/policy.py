"""Who may ask for what: the one table of roles and commands. Pure.

Every command handler applies it before its decider is asked, and the gateway before it asks. What depends
on the ticket itself (is it this requester's customer's? is the approver the one who asked?) is decided
where the ticket is known, with `scope` saying for whom that question has to be put.

Source: domain page, Who does what. Auditors are in the rows that only read: they change nothing.
"""

from collections.abc import Mapping
from typing import Literal

from contracts import commands as c
from contracts.commands import RetryDeadLetter, SettleDeadLetter
from contracts.envelope import COMMANDS, Actor, Command, Role

Scope = Literal["any", "own"]
"""`own`: only in their own name, and on tickets of their own customer."""

_ANALYSTS: Mapping[Role, Scope] = {"analyst": "any", "manager": "any"}
_EVERYBODY: Mapping[Role, Scope] = {"requester": "own", **_ANALYSTS}
_REQUESTERS: Mapping[Role, Scope] = {"requester": "own"}
_DECIDERS: Mapping[Role, Scope] = {"requester": "own", "manager": "any"}
_MANAGERS: Mapping[Role, Scope] = {"manager": "any"}
_READERS: Mapping[Role, Scope] = {**_ANALYSTS, "auditor": "any"}
"""Who may ask a question that changes nothing."""

RULES: Mapping[type[Command], Mapping[Role, Scope]] = {
    c.SubmitTicket: _EVERYBODY,
    c.SubmitReply: _REQUESTERS,
    c.AcceptParked: _ANALYSTS,
    c.RejectParked: _ANALYSTS,
    c.ImportTickets: {},
    c.TakeTicket: _ANALYSTS,
    c.AssignTicket: _ANALYSTS,
    c.ReturnTicket: _ANALYSTS,
    c.ReclassifyTicket: _ANALYSTS,
    c.PublishAnswer: _ANALYSTS,
    c.AddNote: _ANALYSTS,
    c.EditOccurrence: _ANALYSTS,
    c.AwaitCustomer: _ANALYSTS,
    c.HoldTicket: _ANALYSTS,
    c.ResumeTicket: _ANALYSTS,
    c.LogContact: _ANALYSTS,
    c.ResolveTicket: _ANALYSTS,
    c.ReopenTicket: _EVERYBODY,
    c.DismissReopening: _ANALYSTS,
    c.CloseTicket: _EVERYBODY,
    c.RateResolution: _REQUESTERS,
    c.SplitTicket: _ANALYSTS,
    c.MergeTicket: _ANALYSTS,
    c.LinkTickets: _ANALYSTS,
    c.UnlinkTickets: _ANALYSTS,
    c.PlanProject: _ANALYSTS,
    c.RequestApproval: _ANALYSTS,
    c.ApproveProject: _DECIDERS,
    c.SendBackProject: _DECIDERS,
    c.RejectProject: _DECIDERS,
    c.MarkActivity: _ANALYSTS,
    c.DefineRecord: _ANALYSTS,
    c.DefineRecords: _MANAGERS,
    c.RetryNotification: _ANALYSTS,
    c.RestoreAddress: _ANALYSTS,
    c.PreviewTemplate: _MANAGERS,
    c.ExplainClock: _READERS,
    c.AcknowledgeAlert: _ANALYSTS,
    c.PreviewRebase: _MANAGERS,
    c.RebaseTickets: _MANAGERS,
}
"""By command, the roles that may send it at all. The desk itself (`system`) may send every one."""

ANALYSTS_DEFINE = frozenset({"contact"})
"""The kinds of directory record that analysts may define; managers define all. Source: domain page, Opening, 3."""


def scope(by: Actor, command: type[Command]) -> Scope | None:
    """How far that role may go with that command; None: not at all."""
    if by.role == "system":
        return "any"
    if issubclass(command, RetryDeadLetter | SettleDeadLetter):
        return _MANAGERS.get(by.role)
    return RULES.get(command, {}).get(by.role)


def permits(by: Actor, command: Command) -> bool:
    """Whether that person may send this command at all, as far as the command itself shows."""
    reach = scope(by, type(command))
    match command:
        case c.SubmitTicket() if reach == "own":
            return command.channel == "web" and command.requester == by.key
        case c.SubmitTicket() if by.role != "system":
            return reach is not None and command.channel == "phone"
        case c.DefineRecord() if by.role == "analyst":
            return command.kind in ANALYSTS_DEFINE
    return reach is not None


def unruled() -> list[str]:
    """Commands that no row speaks of: a test holds that there are none."""
    parked = {topic for topic, form in COMMANDS.items() if issubclass(form, RetryDeadLetter)}
    return sorted(COMMANDS.keys() - {form.topic for form in RULES} - parked)
