"""What every service counts, for `/metrics`. No ids in labels."""

from prometheus_client import Counter, Gauge, Histogram

APPENDED = Counter("journal_appended_entries", "Entries appended to this service's journal")
APPLIED = Counter("journal_applied_entries", "Entries of another journal applied here", ["source"])
PARKED = Counter("journal_parked_entries", "Entries that had to be parked: each needs a person", ["source"])
COMMANDS = Counter("journal_commands", "Commands answered", ["type", "outcome"])
COMMAND_SECONDS = Histogram("journal_command_seconds", "From request to answer")
DIRECTORY_KNOWN = Gauge("journal_directory_position", "How far this process knows the directory in memory")
UNSETTLED = Gauge("journal_dead_letters_unsettled", "Parked entries that wait for a person")
