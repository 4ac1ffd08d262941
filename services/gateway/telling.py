"""What the timeline says of each event: on which side, under which name, with which text and facts. Pure."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from contracts import intake, sla
from contracts import lifecycle as l
from contracts import notifier as n
from contracts.envelope import Event

Side = Literal["public", "internal"]
Facts = dict[str, object]

SHOWN: Mapping[type[Event], Side] = {
    l.TicketQueued: "public",
    l.TicketAssigned: "public",
    l.TicketReturned: "internal",
    l.TicketReclassified: "public",
    l.AnswerPublished: "public",
    l.NoteAdded: "internal",
    l.ReplyAdded: "public",
    l.AutomaticReplyAdded: "internal",
    l.BounceAdded: "internal",
    l.ContactAttempted: "public",
    l.LateReplyReceived: "internal",
    l.CustomerAwaited: "public",
    l.TicketHeld: "public",
    l.TicketResumed: "public",
    l.TicketResolved: "public",
    l.TicketReopened: "public",
    l.ReopeningDismissed: "public",
    l.TicketClosed: "public",
    l.ClosureUndone: "public",
    l.ResolutionRated: "public",
    l.TicketSplit: "public",
    l.TicketMerged: "public",
    l.TicketAbsorbed: "public",
    l.TicketLinked: "public",
    l.TicketUnlinked: "public",
    l.ProjectPlanned: "public",
    l.ApprovalRequested: "public",
    l.ProjectApproved: "public",
    l.ProjectSentBack: "public",
    l.ProjectRejected: "public",
    l.ActivityMarked: "public",
    l.ImportFinished: "internal",
    sla.ClockWarned: "internal",
    sla.ClockBreached: "internal",
    sla.AlertAcknowledged: "internal",
    sla.ClockRetargeted: "internal",
    sla.ReminderDue: "internal",
    n.NotificationSuppressed: "internal",
    n.NotificationAbandoned: "internal",
    n.NotificationRetried: "internal",
    n.AddressSuspended: "internal",
}
"""What the timeline shows and on which side; requesters see the public one. The history page shows all."""

NOT_SHOWN: frozenset[type[Event]] = frozenset(
    {
        l.OccurrenceEdited,  # shown in the occurrence that it edits
        # Lifecycle says what came of these.
        intake.TicketRegistered,
        intake.TicketImported,
        intake.ReplyReceived,
        intake.AnalystReplyReceived,
        intake.AutomaticReplyReceived,
        intake.BounceReceived,
        intake.DuplicateReceived,
        intake.SubmissionParked,
        intake.SubmissionRejected,
        sla.DeadlineReached,
        # How clocks run is told where they are explained; what a clock does to people is shown.
        sla.ClockStarted,
        sla.ClockPaused,
        sla.ClockResumed,
        sla.ClockRestored,
        sla.ClockMet,
        sla.ClockStopped,
        sla.CircumstancesNoted,
        # E-mails that go as they should.
        n.AddressRestored,  # of no ticket: the addresses' own page
        n.NotificationRequested,
        n.NotificationSent,
        n.NotificationFailed,
        n.NotificationWithdrawn,  # its clock has come to its end, which is told
        n.AddressBounced,  # lifecycle tells of the report, and a refusal is an e-mail given up
    }
)
"""What it leaves out on purpose."""

ALARMING = frozenset(
    {
        l.BounceAdded,
        sla.ClockBreached,
        n.NotificationSuppressed,
        n.NotificationAbandoned,
        n.AddressSuspended,
    }
)
"""What asks for attention."""
PUBLIC_FIELDS = frozenset({"analyst", "area", "classification", "priority", "criticality"})
"""Of what can be reclassified, what requesters are told; the rest is how the desk organises itself."""
INNER_TEXT = frozenset(
    {
        "TicketAssigned",
        "TicketHanded",
        "TicketAssignedByRule",
        "TicketReclassified",
        "ContactReached",
        "ContactMissed",
        "ReopeningDismissed",
        "ProjectSentBack",
        "TicketMerged",
    }
)
"""Public moments whose text is the desk's reason to itself; whoever of the requesters wrote it sees it."""


def side_of(event: Event) -> Side:
    """The side on which a shown event is told."""
    unverified = isinstance(event, l.ReplyAdded) and not event.verified
    return "internal" if unverified else SHOWN[type(event)]


def name_of(event: Event) -> str:
    """The name of the event's sentence: where one event says different things, one of several."""
    match event:
        case l.AnswerPublished(channel="email"):
            return "AnswerPublished.email"
        case l.ReplyAdded(refused=code) if code:
            return "AnswerRefused"
        case l.ReplyAdded(verified=False):
            return "ReplyUnverified"
        case l.BounceAdded(permanent=True):
            return "BounceForGood"
        case l.TicketAssigned() if event.rule is not None:
            return "TicketAssignedByRule"
        case l.TicketAssigned() if event.by.key != event.analyst:
            return "TicketHanded"
        case l.ContactAttempted():
            return "ContactReached" if event.outcome == "reached" else "ContactMissed"
        case l.ActivityMarked():
            return "ActivityDone" if event.done else "ActivityUndone"
        case l.TicketQueued() if event.relation is not None:
            return f"TicketQueued.{event.relation}"
        case sla.ClockBreached() if event.cause != "time":
            return f"ClockBreached.{event.cause}"
        case n.NotificationAbandoned(error=n.ADDRESS_SUSPENDED):
            return "NotificationAbandoned.suspended"
    return type(event).__name__


def text_of(event: Event) -> str:
    """What a person wrote, or the machine that it came from."""
    match event:
        case l.BounceAdded():
            return event.diagnostic
        case l.ResolutionRated():
            return event.comment
        case n.NotificationAbandoned():
            return "" if event.error == n.ADDRESS_SUSPENDED else event.error
        case l.TicketClosed():
            # Why two tickets were merged is the desk's own affair, which the merge itself tells it.
            return "" if event.reason == "merged" else event.text
    return getattr(event, "text", "") or getattr(event, "reason", "")


def is_plain(event: Event) -> bool:
    """Whether its text is shown as typed: what came by mail, and comments, mean no Markdown."""
    match event:
        case l.TicketQueued() | l.ReplyAdded() | l.AnswerPublished():
            return event.channel == "email"
        case l.TicketReopened():
            return event.via == "email"
    return not isinstance(event, l.OfTicket) or isinstance(
        event, l.AutomaticReplyAdded | l.BounceAdded | l.ResolutionRated
    )


def other_of(event: Event) -> tuple[UUID, str] | None:
    """Another ticket that the event names: its id, and its number if the event says it."""
    match event:
        case l.TicketQueued() if event.linked_to is not None:
            return event.linked_to, ""
        case l.TicketSplit():
            return event.new_ticket_id, ""
        case l.TicketMerged():
            return event.into, event.into_number
        case l.TicketAbsorbed():
            return event.merged, event.merged_number
        case l.TicketLinked() | l.TicketUnlinked():
            return event.other, event.other_number
    return None


_FACTS: Mapping[type[Event], tuple[str, ...]] = {
    l.TicketQueued: ("channel",),
    l.ReplyAdded: ("channel", "sender"),
    l.TicketAssigned: ("analyst", "previous"),
    l.TicketReturned: ("previous",),
    l.AutomaticReplyAdded: ("sender",),
    l.BounceAdded: ("recipient", "status"),
    l.ContactAttempted: ("channel", "person", "attempt"),
    l.TicketHeld: ("third_party", "expected_on"),
    l.ResolutionRated: ("score",),
    l.TicketLinked: ("link",),
    l.TicketUnlinked: ("link",),
    l.ProjectPlanned: ("revision",),
    l.ApprovalRequested: ("revision",),
    l.ProjectApproved: ("revision",),
    l.ProjectSentBack: ("revision",),
    l.ProjectRejected: ("revision",),
    l.ActivityMarked: ("title",),
    sla.ClockWarned: ("clock", "stage", "due_at"),
    sla.ReminderDue: ("clock", "stage", "due_at"),
    sla.ClockBreached: ("clock",),
    sla.AlertAcknowledged: ("clock", "stage"),
    sla.ClockRetargeted: ("clock", "due_at", "previous_due_at"),
    n.NotificationSuppressed: ("recipient",),
    n.AddressSuspended: ("address", "bounces"),
}
"""By event, the fields that its sentence may say."""


def facts_of(event: Event, owed: Mapping[UUID, n.NotificationRequested]) -> Facts:
    """What the sentence says; keys that name directory records are resolved when shown."""
    facts: Facts = {name: getattr(event, name) for name in _FACTS.get(type(event), ())}
    match event:
        case l.TicketReopened():
            facts["channel"] = event.via
        case l.ReplyAdded(refused=code) if code:
            facts["not_published"] = code
        case l.TicketClosed():
            facts["close_reason"] = event.reason
        case l.ClosureUndone():
            facts["close_reason"] = event.reason
        case l.BounceAdded(notification_id=UUID() as failed) if request := owed.get(failed):
            facts["template"], facts["asked_at"] = request.template, request.at
            facts["subject"] = str(request.facts.get("subject", ""))
        case n.NotificationAbandoned() | n.NotificationRetried():
            request = owed.get(event.notification_id)
            facts["notification"] = event.notification_id
            facts["recipient"] = request.recipient if request else "…"
    return facts
