"""Measurements, most of them beside a peer; ``run.py bench`` starts those that stand here."""
