"""The report: what leaves the room, built from Study, Findings and Review; one writer a file."""
