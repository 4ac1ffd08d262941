"""Service levels: when the desk works, which clocks run, and what happens when one ends."""
