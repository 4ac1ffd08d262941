"""The operator's view of mail: what came in, and what became of it."""
