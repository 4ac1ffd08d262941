"""Where everything that reaches the desk comes in: each message ends in exactly one disposition."""
