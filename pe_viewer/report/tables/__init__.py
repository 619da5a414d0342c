"""The report for scripts: CSV and JSON."""
