"""The services: each a room of its own; none imports another."""
