"""What follows from a form: known values, the impression's text, the consistency check. No Qt."""
