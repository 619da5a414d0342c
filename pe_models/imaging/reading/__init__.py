"""Stored pixels -> HU, slice by slice."""
