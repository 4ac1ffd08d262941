"""Commands of lifecycle about projects."""

from typing import Annotated

from pydantic import Field

from contracts.commands.said import Comment, OnTicket, Why
from contracts.lifecycle import Plan

_Revision = Annotated[int, Field(ge=1)]


class PlanProject(OnTicket, owner="lifecycle"):
    """Write the project's plan, or a changed one; a change of an approved plan asks for approval again."""

    plan: Plan


class RequestApproval(OnTicket, owner="lifecycle"):
    """Ask a manager, or the customer's approver, to decide on the plan."""

    text: Comment = ""


class ApproveProject(OnTicket, owner="lifecycle"):
    """Let the work begin; `revision` is the plan that was read."""

    revision: _Revision
    text: Comment = ""


class SendBackProject(OnTicket, owner="lifecycle"):
    """Have the plan changed first."""

    revision: _Revision
    reason: Why


class RejectProject(OnTicket, owner="lifecycle"):
    """Decide that the project is not done: the ticket closes."""

    revision: _Revision
    reason: Why


class MarkActivity(OnTicket, owner="lifecycle"):
    """Say that an activity of the approved plan is done, or is not after all."""

    activity: Annotated[int, Field(ge=1)]
    done: bool = True
