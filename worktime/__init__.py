"""Business time: working hours, holidays, deadlines. Pure; imports nothing of the desk."""
