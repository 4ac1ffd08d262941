"""The field's fixed words: what a status, a classification, a reason can be. Lists may grow, never shrink."""

from typing import Literal

Status = Literal[
    "open", "in_progress", "awaiting_approval", "waiting_customer", "on_hold", "resolved", "closed"
]
Classification = Literal["question", "request", "project", "incident"]
Priority = Literal["low", "normal", "high", "urgent"]
Level = Literal["N1", "N2", "N3"]
"""Support tier."""
Criticality = Literal["low", "medium", "high", "critical"]
"""Impact on the customer's business."""
Severity = Literal["minor", "moderate", "major", "total"]
"""Technical degree."""
CloseReason = Literal[
    "resolved",
    "no_contact",
    "customer_silent",
    "third_party",
    "merged",
    "withdrawn",
    "rejected",
    "out_of_contract",
]
Relation = Literal["late_reply", "split", "follow_up"]
"""Why a ticket is linked to the one it came from."""
Link = Literal["related", "blocks", "blocked_by", "causes", "caused_by"]
"""What one ticket has to do with another."""
AssignmentRule = Literal["round_robin", "least_open"]
"""How an area gives a new ticket to an analyst."""
