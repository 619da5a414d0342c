"""From a dense slice net's maps to marked places: where on a flag's slices, and on which side.

Knows no torch. Sides follow from the patient's geometry alone; levels, and the sides of the exam,
from rules that are fitted on training studies and travel in the bundle (``PlaceRules``).
"""
