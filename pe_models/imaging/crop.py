"""Crop: a half-open box in the pixels of a slice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crop:
    """Half-open box in pixels that the Localizer chose: ``row_max``, ``col_max`` are excluded."""

    row_min: int
    row_max: int
    col_min: int
    col_max: int

    def __post_init__(self) -> None:
        if not (0 <= self.row_min < self.row_max and 0 <= self.col_min < self.col_max):
            raise ValueError(f"empty or negative crop {self}")
