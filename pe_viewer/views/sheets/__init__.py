"""Sheets that tell or ask one thing."""
