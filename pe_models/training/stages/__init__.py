"""Localizer, slices, sequence: what each stage gives the loop, and what they stand on."""
