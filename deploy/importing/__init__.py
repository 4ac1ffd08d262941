"""Bring an existing desk's tickets here, with their history, from a file of JSON lines."""
