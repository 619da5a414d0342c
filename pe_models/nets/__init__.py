"""Torch modules only: localizer, slice classifier, sequence model; and what loads a bundle."""
