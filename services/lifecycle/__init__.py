"""The ticket's life: its statuses, occurrences and who answers for it."""
