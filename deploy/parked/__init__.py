"""The operator's view of entries that some service could not apply: listed, tried again, settled."""
