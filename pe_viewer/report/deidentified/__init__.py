"""A report without what identifies the patient: names, dates, UIDs, and typed text."""
