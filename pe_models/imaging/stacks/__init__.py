"""Frames of files -> stacks of slices in order, and what is wrong with them."""
