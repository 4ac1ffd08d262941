"""Who may ask for what: every command, every role. The table is written here once more, by hand.

Source: domain page, Who does what.
"""

from typing import Any, get_args

import pytest

from contracts import commands as c
from contracts.directory import Kind
from contracts.envelope import COMMANDS, Actor, Command, Role
from contracts.policy import permits, scope, unruled

ROLES: tuple[Role, ...] = get_args(Role)

MAY: dict[str, tuple[str, ...]] = {
    "intake.SubmitTicket": ("requester own", "analyst", "manager"),
    "intake.SubmitReply": ("requester own",),
    "intake.AcceptParked": ("analyst", "manager"),
    "intake.RejectParked": ("analyst", "manager"),
    "intake.ImportTickets": (),
    "lifecycle.TakeTicket": ("analyst", "manager"),
    "lifecycle.AssignTicket": ("analyst", "manager"),
    "lifecycle.ReturnTicket": ("analyst", "manager"),
    "lifecycle.ReclassifyTicket": ("analyst", "manager"),
    "lifecycle.PublishAnswer": ("analyst", "manager"),
    "lifecycle.AddNote": ("analyst", "manager"),
    "lifecycle.EditOccurrence": ("analyst", "manager"),
    "lifecycle.AwaitCustomer": ("analyst", "manager"),
    "lifecycle.HoldTicket": ("analyst", "manager"),
    "lifecycle.ResumeTicket": ("analyst", "manager"),
    "lifecycle.LogContact": ("analyst", "manager"),
    "lifecycle.ResolveTicket": ("analyst", "manager"),
    "lifecycle.ReopenTicket": ("requester own", "analyst", "manager"),
    "lifecycle.DismissReopening": ("analyst", "manager"),
    "lifecycle.CloseTicket": ("requester own", "analyst", "manager"),
    "lifecycle.RateResolution": ("requester own",),
    "lifecycle.SplitTicket": ("analyst", "manager"),
    "lifecycle.MergeTicket": ("analyst", "manager"),
    "lifecycle.LinkTickets": ("analyst", "manager"),
    "lifecycle.UnlinkTickets": ("analyst", "manager"),
    "lifecycle.PlanProject": ("analyst", "manager"),
    "lifecycle.RequestApproval": ("analyst", "manager"),
    "lifecycle.ApproveProject": ("requester own", "manager"),
    "lifecycle.SendBackProject": ("requester own", "manager"),
    "lifecycle.RejectProject": ("requester own", "manager"),
    "lifecycle.MarkActivity": ("analyst", "manager"),
    "directory.DefineRecord": ("analyst", "manager"),
    "directory.DefineRecords": ("manager",),
    "notifier.RetryNotification": ("analyst", "manager"),
    "notifier.RestoreAddress": ("analyst", "manager"),
    "notifier.PreviewTemplate": ("manager",),
    "sla.AcknowledgeAlert": ("analyst", "manager"),
    "sla.ExplainClock": ("analyst", "manager", "auditor"),
    "sla.PreviewRebase": ("manager",),
    "sla.RebaseTickets": ("manager",),
    **{
        f"{service}.{command}": ("manager",)
        for service in ("intake", "lifecycle", "sla", "notifier", "gateway")
        for command in ("RetryDeadLetter", "SettleDeadLetter")
    },
}
"""By command, who may send it; `own`: in their own name, on their own customer's tickets. The desk may send all."""
READS_ONLY = {"sla.ExplainClock", "sla.PreviewRebase", "notifier.PreviewTemplate"}
"""What changes nothing, so that an auditor may be among them."""


def by(role: Role, key: str = "ana") -> Actor:
    return Actor(role=role, key=key)


def test_the_table_speaks_of_every_command_and_of_no_other() -> None:
    assert unruled() == []
    assert MAY.keys() == COMMANDS.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("topic", sorted(COMMANDS))
def test_each_role_may_what_the_table_says_and_nothing_else(topic: str, role: Role) -> None:
    reach = scope(by(role), COMMANDS[topic])
    if role == "system" or role in MAY[topic]:
        assert reach == "any"
    elif f"{role} own" in MAY[topic]:
        assert reach == "own"
    else:
        assert reach is None


@pytest.mark.parametrize("topic", sorted(COMMANDS))
def test_a_command_is_permitted_to_whom_the_table_gives_it(topic: str) -> None:
    form = COMMANDS[topic]
    if form in (c.SubmitTicket, c.DefineRecord):
        return  # these look at more than the role: below
    for role in ROLES:
        assert permits(by(role), form.model_construct()) == (scope(by(role), form) is not None)


def test_auditors_change_nothing() -> None:
    assert {topic for topic in COMMANDS if scope(by("auditor"), COMMANDS[topic])} <= READS_ONLY


def test_requesters_never_act_beyond_their_own() -> None:
    assert {scope(by("requester"), form) for form in COMMANDS.values()} == {"own", None}


def test_a_command_that_no_row_speaks_of_is_nobodys() -> None:
    class Unknown(Command):
        """No service answers it."""

    assert [role for role in ROLES if scope(by(role), Unknown)] == ["system"]


TICKET: dict[str, Any] = {"requester": "ana", "application": "notas", "subject": "Nota", "text": "Recusada"}


@pytest.mark.parametrize(
    ("who", "channel", "requester", "may"),
    [
        (by("requester"), "web", "ana", True),
        (by("requester"), "web", "caio", False),
        (by("requester"), "phone", "ana", False),
        (by("requester"), "email", "ana", False),
        (by("analyst", "bruno"), "phone", "ana", True),
        (by("analyst", "bruno"), "web", "ana", False),
        (by("analyst", "bruno"), "email", "ana", False),
        (by("manager", "marta"), "phone", "ana", True),
        (by("manager", "marta"), "web", "ana", False),
        (by("auditor", "ivo"), "phone", "ana", False),
        (by("auditor", "ivo"), "web", "ivo", False),
        (by("system", "desk"), "web", "ana", True),
        (by("system", "desk"), "email", "ana", True),
    ],
)
def test_requesters_open_for_themselves_on_the_web_analysts_for_callers_by_phone(
    who: Actor, channel: str, requester: str, may: bool
) -> None:
    command = c.SubmitTicket.model_validate({**TICKET, "channel": channel, "requester": requester})
    assert permits(who, command) == may


@pytest.mark.parametrize("kind", get_args(Kind))
def test_analysts_register_contacts_managers_everything(kind: str) -> None:
    command = c.DefineRecord.model_validate({"kind": kind, "key": "x", "record": {}})
    assert permits(by("manager"), command)
    assert permits(by("system"), command)
    assert permits(by("analyst"), command) == (kind == "contact")
    assert not permits(by("requester"), command)
    assert not permits(by("auditor"), command)
