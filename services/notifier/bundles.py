"""Several things said to one person within moments, in one e-mail. Pure.

The first one waits a little; what is said on the ticket until then joins it, each as a notification of its
own that names the first. Which they are is settled before the e-mail is sent, so that one sent again is the same.
"""

from collections.abc import Sequence
from datetime import timedelta

from contracts.notifier import NotificationRequested, Template

TOGETHER: tuple[Template, ...] = ("answered", "awaiting_customer", "resolved")
"""What people of the desk write in public, from the least to the most: the e-mail is of the last kind among them.

The others say what happened. One of them ends the wait, since it must not come before what was said first.
"""
BUNDLE_S = 20.0
"""How long the first waits unless told otherwise. Source: judgement; long enough for an analyst's afterthought,
and for the question or the resolution that follows an answer, and nobody misses it."""
WINDOW_MAX = timedelta(hours=1)
"""Whoever configures more means something else."""


def together(first: NotificationRequested, joined: Sequence[NotificationRequested]) -> NotificationRequested:
    """The first notification, saying what those who joined it say too, in the order in which it was said."""
    if not joined:
        return first
    told = [first, *joined]
    # Of two of one kind the later one.
    main = max(reversed(told), key=lambda each: TOGETHER.index(each.template))
    earlier = [
        {"analyst": each.facts["analyst"], "text": each.facts["text"]} for each in told if each is not main
    ]
    files = [file for each in told for file in each.facts.get("attachments", ())]
    facts = {**main.facts, "earlier": earlier, "attachments": files}
    return first.model_copy(update={"template": main.template, "facts": facts})
