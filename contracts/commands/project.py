"""Commands of lifecycle about projects."""

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.commands.said import Comment, OnTicket, Why
from contracts.lifecycle import Plan

ACTIVITY_ID_MAX = 2**31 - 1
"""The largest number of an activity: tables hold them as integers. Source: PostgreSQL manual, Numeric Types."""
_Revision = Annotated[int, Field(ge=1)]


def _with_numbers_that_tables_hold(plan: Plan) -> Plan:
    if any(activity.id > ACTIVITY_ID_MAX for activity in plan.activities):
        raise ValueError("an activity's number is too large")
    return plan


class PlanProject(OnTicket, owner="lifecycle"):
    """Write the project's plan, or a changed one; a change of an approved plan asks for approval again."""

    plan: Annotated[Plan, AfterValidator(_with_numbers_that_tables_hold)]


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
