"""Who and what the desk knows: customers, contacts, contracts, applications, areas, analysts, calendars."""
