"""`make demo`: two scripted minutes on a real desk whose clock runs fast."""
