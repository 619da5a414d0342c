"""Planes through a Volume in any direction, and how their pixels are sampled."""
