"""What crosses the bus: events, commands and their envelope. Imports pydantic alone."""
