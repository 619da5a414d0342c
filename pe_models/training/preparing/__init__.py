"""Labelled series, or phantoms, become studies of the prepared store."""
