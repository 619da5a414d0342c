"""The report as PDF/A."""
