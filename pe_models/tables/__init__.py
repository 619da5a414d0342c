"""The competition's tables, read and checked: labels, submissions, and which image is whose.

Everything here is arrays, for the training table has 1.79 million rows. Messages name files, lines
and counts, never an id.
"""
