"""What the directory found wrong with a record, by field, in words."""

from dataclasses import dataclass, field
from typing import Any

from contracts.directory import Kind
from contracts.envelope import Reply
from services.gateway.portal import Visit
from services.gateway.records.fields import FORMS

_FIELD_OF = {
    "address_taken": "addresses",
    "domain_taken": "domains",
    "approver_elsewhere": "approvers",
    "template_taken": "template",
}
"""The field that a refusal is about, where it does not say so itself."""
_MISSING = ("Field required", "at least 1", "blank")


@dataclass(frozen=True, slots=True)
class Wrongs:
    """`problem` stands over the form, `fields` beside the inputs; `users` are the records that name this one."""

    problem: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    users: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_key(cls, visit: Visit, typed: str, kind: Kind) -> "Wrongs":
        """The key that was typed is none; or none could be made, since what names the record is missing."""
        name = "key" if typed else FORMS[kind][0].name
        return cls(
            visit.words("directory.wrong"), {name: visit.words("why.key" if typed else "why.required")}
        )


def wrongs_of(reply: Reply, visit: Visit, *, new: bool) -> Wrongs:
    """What to tell of a refusal; of a new record whose key stands already, that it does."""
    if new and reply.code == "version_moved":
        return Wrongs(visit.words("directory.wrong"), {"key": visit.words("why.key_taken")})
    if reply.code == "malformed":
        found: dict[str, str] = {}
        for error in reply.facts.get("errors", ()):
            place = str(error["at"]).split(".")
            name = place[1] if place[0] == "record" and len(place) > 1 else place[0]
            found.setdefault(name, _why(str(error["why"]), place, visit))
        return Wrongs(visit.words("directory.wrong"), found)
    told = visit.refusal(reply)
    where = _FIELD_OF.get(reply.code) or str(reply.facts.get("field", "")).partition(".")[0]
    users = tuple((str(each["kind"]), str(each["key"])) for each in _used_by(reply))
    return Wrongs(told, {where: told} if where else {}, users)


def _used_by(reply: Reply) -> list[dict[str, Any]]:
    return list(reply.facts.get("used_by", ()))


def _why(why: str, place: list[str], visit: Visit) -> str:
    code, _, fact = why.partition(":")
    if any(each in why for each in _MISSING):
        code = "required"
    sentence = (
        visit.words(f"why.{code}", name=fact) if visit.words.has(f"why.{code}") else visit.words("why.form")
    )
    row = next((int(part) for part in place[1:] if part.isdecimal()), None)
    return sentence if row is None else visit.words("why.row", row=row + 1, why=sentence)
