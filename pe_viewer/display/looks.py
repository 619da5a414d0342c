"""How the reader has things drawn: small frozen values, each with its limits."""

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

MIN_RATE_HZ: Final = 2
MAX_RATE_HZ: Final = 60


class Tool(Enum):
    """What a drag with the left button does."""

    WINDOW = auto()
    SCROLL = auto()
    PAN = auto()
    ZOOM = auto()


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """How the activation map is drawn over the slice; off at first."""

    is_visible: bool = False
    opacity: float = 0.45


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """Zoom and pan of one view.

    ``zoom`` is 1.0 where the whole picture fits the view. ``centre_row_col`` is the pixel in the
    middle of the view; None stands for the middle of the picture.
    """

    zoom: float = 1.0
    centre_row_col: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class CineSettings:
    """Whether slices run by themselves, and how many a second."""

    is_playing: bool = False
    rate_hz: int = 15

    def __post_init__(self) -> None:
        if not MIN_RATE_HZ <= self.rate_hz <= MAX_RATE_HZ:
            raise ValueError(f"{self.rate_hz} slices a second: {MIN_RATE_HZ} to {MAX_RATE_HZ}")

    def faster(self, factor: float) -> "CineSettings":
        """The rate times ``factor``, by at least one slice a second and within the limits."""
        wanted = round(self.rate_hz * factor)
        if wanted == self.rate_hz:
            wanted += 1 if factor > 1.0 else -1
        return replace(self, rate_hz=min(max(wanted, MIN_RATE_HZ), MAX_RATE_HZ))
