"""For whoever answers for the service levels: check a calendar, report attainment, try another policy. Reads; changes nothing."""
