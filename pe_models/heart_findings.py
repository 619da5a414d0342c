"""What is measured of the heart and the pulmonary trunk, as part of Findings. Frozen; JSON.

Right-heart strain is what a ratio of the ventricles' widths speaks of on CT. It is no forecast of
outcome, and nothing here says more than how wide blood is on which slice.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

Point = tuple[float, float]
"""Row and col in a slice, fractional; whole numbers are the centres of pixels."""

STRAIN_RATIO: Final = 1.0
"""RV/LV from here is called strain; the label set of the RSNA challenge cuts here too."""
POSSIBLE_STRAIN_RATIO: Final = 0.9
"""Where some cut instead."""

NO_FORECAST: Final = "Right-heart strain on CT is no forecast of outcome."
"""Stands wherever a ratio that the model measured is told."""


class HeartRefusal(StrEnum):
    """Why the ventricles of a CT are not measured."""

    NOT_FOUND = "not_found"
    NOT_COVERED = "not_covered"
    NOT_OPACIFIED = "not_opacified"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Width:
    """A line across blood on one slice, ``mm`` long from ``start`` to ``end``."""

    slice_index: int
    start: Point
    end: Point
    mm: float

    def moved(self, place_of: Callable[[Point], Point]) -> "Width":
        """The same line on slices whose pixels lie elsewhere."""
        return replace(self, start=place_of(self.start), end=place_of(self.end))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        start, end = (tuple(record[name]) for name in ("start", "end"))
        return cls(**{**record, "start": start, "end": end})


@dataclass(frozen=True, slots=True)
class RatioRange:
    """How sure a ratio is: its 95 % interval, and the probabilities that it reaches two marks.

    From the residuals on phantoms that the net never saw; what they are on patients is unknown.
    """

    low: float
    high: float
    p_gte_0_9: float
    p_gte_1: float

    def __post_init__(self) -> None:
        if not (0.0 < self.low <= self.high and 0.0 <= self.p_gte_1 <= self.p_gte_0_9 <= 1.0):
            raise ValueError(f"the range of a ratio is out of order: {self}")


@dataclass(frozen=True, slots=True)
class RightHeart:
    """The widest inner widths of both ventricles across the septum, each on its own slice.

    With a ``refusal`` nothing is measured, and ``message`` says why. ``spread`` is the standard
    deviation of log RV/LV over other ways to draw the same lines; ``range`` is None where the
    bundle's net was not calibrated.
    """

    rv: Width | None = None
    lv: Width | None = None
    spread: float = 0.0
    range: RatioRange | None = None
    refusal: HeartRefusal | None = None
    message: str = ""

    def __post_init__(self) -> None:
        if (self.rv is None or self.lv is None) is (self.refusal is None):
            raise ValueError("a heart has both widths, or a reason why it has none")

    @property
    def ratio(self) -> float | None:
        """RV/LV; None where it was refused."""
        if self.rv is None or self.lv is None:
            return None
        return self.rv.mm / self.lv.mm

    def moved(self, place_of: Callable[[Point], Point]) -> "RightHeart":
        """The same lines on slices whose pixels lie elsewhere."""
        rv, lv = (None if width is None else width.moved(place_of) for width in (self.rv, self.lv))
        return replace(self, rv=rv, lv=lv)

    def to_dict(self) -> dict[str, Any]:
        """As in ``findings.json``: lines in voxels, ``rv_mm`` and ``lv_mm`` beside them."""
        return {
            "rv_mm": None if self.rv is None else self.rv.mm,
            "lv_mm": None if self.lv is None else self.lv.mm,
            "ratio": self.ratio,
            "spread": self.spread,
            "range": None if self.range is None else asdict(self.range),
            "rv": None if self.rv is None else asdict(self.rv),
            "lv": None if self.lv is None else asdict(self.lv),
            "refusal": self.refusal,
            "message": self.message,
            "note": NO_FORECAST,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        rv, lv, reach, refusal = (record[name] for name in ("rv", "lv", "range", "refusal"))
        return cls(
            rv=None if rv is None else Width.from_dict(rv),
            lv=None if lv is None else Width.from_dict(lv),
            spread=record["spread"],
            range=None if reach is None else RatioRange(**reach),
            refusal=None if refusal is None else HeartRefusal(refusal),
            message=record["message"],
        )


@dataclass(frozen=True, slots=True)
class Trunk:
    """The pulmonary trunk on one slice: its diameter, and the blood's HU in a circle within it."""

    diameter: Width
    mean_hu: float
    sd_hu: float

    def moved(self, place_of: Callable[[Point], Point]) -> "Trunk":
        """The same line on slices whose pixels lie elsewhere."""
        return replace(self, diameter=self.diameter.moved(place_of))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError or TypeError for another record."""
        return cls(Width.from_dict(record["diameter"]), record["mean_hu"], record["sd_hu"])
