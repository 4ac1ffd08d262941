"""HTML that others wrote: safe to show, and as plain text. Pure; imports nothing of the desk."""
