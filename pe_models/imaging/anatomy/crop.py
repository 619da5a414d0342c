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

    def joined(self, other: "Crop") -> "Crop":
        """The smallest crop that holds both."""
        return Crop(
            min(self.row_min, other.row_min),
            max(self.row_max, other.row_max),
            min(self.col_min, other.col_min),
            max(self.col_max, other.col_max),
        )
