"""How the reader has things drawn: small frozen values, each with its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from pe_viewer.review import Structure

MIN_RATE_HZ: Final = 2
MAX_RATE_HZ: Final = 60


class Tool(Enum):
    """What a drag with the left button does."""

    WINDOW = auto()
    SCROLL = auto()
    PAN = auto()
    ZOOM = auto()
    LENGTH = auto()
    ELLIPSE = auto()
    RV = auto()
    LV = auto()
    TRUNK = auto()


STRUCTURES: Final[Mapping[Tool, Structure]] = MappingProxyType(
    {Tool.RV: Structure.RV, Tool.LV: Structure.LV, Tool.TRUNK: Structure.TRUNK}
)
"""The tools that measure a structure's width."""

MEASURING_TOOLS: Final = frozenset({Tool.LENGTH, Tool.ELLIPSE, *STRUCTURES})


class ButtonUse(Enum):
    """What a drag with a mouse button does over a picture; a menu opens at once."""

    WINDOW = auto()
    SCROLL = auto()
    PAN = auto()
    ZOOM = auto()
    MENU = auto()


@dataclass(frozen=True, slots=True)
class MouseScheme:
    """The uses of the middle and the right button; the left one does what the tool is for."""

    middle: ButtonUse = ButtonUse.PAN
    right: ButtonUse = ButtonUse.ZOOM


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """How the activation map is drawn over the slice; off at first.

    ``least_share`` of the method's scale, at its low end, is not drawn. ``method`` "" is the
    bundle's own.
    """

    is_visible: bool = False
    opacity: float = 0.45
    least_share: float = 0.0
    method: str = ""


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """Zoom, pan and turn of one view.

    ``zoom`` is 1.0 where the whole picture fits the view. ``centre_row_col`` is the pixel in the
    middle of the view; None stands for the middle of the picture. From the reading position the
    picture is first mirrored, left for right, then turned by ``quarter_turns`` clockwise (0 to 3).
    """

    zoom: float = 1.0
    centre_row_col: tuple[float, float] | None = None
    quarter_turns: int = 0
    is_mirrored: bool = False

    @property
    def is_turned(self) -> bool:
        """Whether the picture lies in another position than the reading one."""
        return self.is_mirrored or self.quarter_turns != 0

    def fitted(self) -> "ViewTransform":
        """The whole picture, lying as it does."""
        return replace(self, zoom=1.0, centre_row_col=None)

    def turned(self) -> "ViewTransform":
        """A quarter turn clockwise on screen."""
        return replace(self, quarter_turns=(self.quarter_turns + 1) % 4)

    def mirrored(self) -> "ViewTransform":
        """Left for right on screen, however the picture lies: a mirror turns the turns round."""
        turns = -self.quarter_turns % 4
        return replace(self, is_mirrored=not self.is_mirrored, quarter_turns=turns)


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
