"""What the notifier counts, for `/metrics`. No addresses in labels."""

from prometheus_client import Counter

SENT = Counter("notifier_sent", "E-mails that the mail server accepted", ["template"])
DEFERRED = Counter("notifier_deferred", "Attempts that failed for now")
ABANDONED = Counter("notifier_abandoned", "E-mails given up: each needs a person")
SUPPRESSED = Counter("notifier_suppressed", "E-mails held back to stop a loop: each needs a person")
