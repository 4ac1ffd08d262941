"""What no command may carry, whoever sends it: numbers that no table can hold and no page can show."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts import commands as c
from contracts.channels import RequesterReplied, TicketOpened
from contracts.commands.project import ACTIVITY_ID_MAX
from contracts.envelope import FILE_SIZE_MAX

ON = {"ticket_id": UUID(int=1), "text": "x"}
BY_CHANNEL = {"submission_id": "1", "channel": "web", "requester": "ana@serra.example.com", "text": "x"}
NEW = {"channel": "web", "requester": "ana", "application": "notas", "subject": "x", "text": "x"}
CARRIERS: list[tuple[Any, dict[str, Any]]] = [
    (c.SubmitTicket, NEW),
    (c.SubmitReply, ON),
    (c.PublishAnswer, ON),
    (c.AddNote, ON),
    (c.AwaitCustomer, ON),
    (c.ResolveTicket, ON),
    (TicketOpened, {**BY_CHANNEL, "subject": "x"}),
    (RequesterReplied, {**BY_CHANNEL, "number": "2026-000001"}),
]


def file_of(size: int) -> dict[str, Any]:
    return {"name": "a.txt", "content_type": "text/plain", "size": size, "sha256": "0" * 64}


@pytest.mark.parametrize(("form", "fields"), CARRIERS)
def test_a_file_is_of_a_size_that_files_have(form: Any, fields: dict[str, Any]) -> None:
    most = form.model_validate({**fields, "attachments": [file_of(FILE_SIZE_MAX)]})
    assert most.attachments[0].size == FILE_SIZE_MAX
    for size in (FILE_SIZE_MAX + 1, 10**40, 10**400):
        with pytest.raises(ValidationError):
            form.model_validate({**fields, "attachments": [file_of(size)]})


def test_an_activity_bears_a_number_that_tables_can_hold() -> None:
    def plan(number: int) -> c.PlanProject:
        activity = {"title": "t", "owner": "bruno", "starts_on": "2026-03-02", "ends_on": "2026-03-03"}
        said = {"objective": "o", "activities": [{**activity, "id": number}]}
        return c.PlanProject.model_validate({"ticket_id": UUID(int=1), "plan": said})

    assert plan(ACTIVITY_ID_MAX).plan.activities[0].id == ACTIVITY_ID_MAX
    for number in (ACTIVITY_ID_MAX + 1, 2**80):
        with pytest.raises(ValidationError):
            plan(number)
