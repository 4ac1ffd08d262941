"""What intake counts, for `/metrics`: messages in = dispositions + put off + those on their way."""

from prometheus_client import Counter

MESSAGES = Counter("intake_messages", "Messages that a channel brought to the door", ["channel"])
DISPOSITIONS = Counter("intake_dispositions", "What became of messages", ["channel", "disposition"])
PUT_OFF = Counter(
    "intake_put_off", "Messages that could not be kept now; their sender keeps them", ["channel"]
)
