"""How a service remembers and speaks: its append-only journal, and the bus that carries copies of it."""
