"""Preferences, window presets and keys."""
