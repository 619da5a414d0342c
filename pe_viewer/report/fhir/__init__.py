"""The report as a FHIR bundle."""
