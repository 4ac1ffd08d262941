"""The ways in: the bus for channels of others, e-mail by SMTP, and the web and phone through the gateway."""
