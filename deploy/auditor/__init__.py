"""For the auditor: a ticket's history, every chain, and where each service stands. Reads; changes nothing."""
