"""E-mail in, the pure part: functions on bytes, no network, no database, no clock."""
