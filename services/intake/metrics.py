"""What intake counts, for `/metrics`: messages in = dispositions + put off + those on their way."""

from prometheus_client import Counter, Gauge

MESSAGES = Counter("intake_messages", "Messages that a channel brought to the door", ["channel"])
DISPOSITIONS = Counter("intake_dispositions", "What became of messages", ["channel", "disposition"])
PUT_OFF = Counter(
    "intake_put_off", "Messages that could not be kept now; their sender keeps them", ["channel"]
)
UNACCOUNTED = Gauge(
    "intake_mail_unaccounted",
    "Messages of the last days without exactly one disposition, not put off, or of which the journal tells otherwise",
)
MAILBOX_UP = Gauge("intake_mailbox_up", "Whether a mailbox at another server is being read", ["mailbox"])
