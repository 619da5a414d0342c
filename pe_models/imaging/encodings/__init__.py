"""Encoded pixels: which decoder reads what, and where frames lie among fragments."""
