"""PhantomSpec: what may be asked of a phantom, and the range in which it is possible."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pe_models.errors import InputError


class PhantomError(InputError):
    """Parameters that no phantom can have, or a cohort that cannot be written."""


class Kernel(StrEnum):
    """Reconstruction kernel: how fine the noise and how sharp the edges are."""

    SOFT = "soft"
    SHARP = "sharp"


class Level(StrEnum):
    """Where in the arterial tree an embolus lies, or a branch belongs."""

    CENTRAL = "central"
    LOBAR = "lobar"
    SEGMENTAL = "segmental"
    SUBSEGMENTAL = "subsegmental"
    PERIPHERAL = "peripheral"
    """Beyond subsegmental: branches only, no embolus is set there."""


class Mimic(StrEnum):
    """What is not an embolus and may be taken for one, or spoils the examination."""

    FLOW_ARTIFACT = "flow_artifact"
    MOTION = "motion"
    UNOPACIFIED_VEINS = "unopacified_veins"
    FILLING_DEFECT = "filling_defect_not_pe"
    MUCUS = "mucus"
    CONSOLIDATION = "consolidation"
    ATELECTASIS = "atelectasis"
    EFFUSION = "effusion"
    NODULES = "nodules"
    ADENOPATHY = "adenopathy"
    HILAR_SCAR = "hilar_scar"
    MIXED_VEINS = "mixed_veins"
    TUMOUR = "tumour"
    EMPHYSEMA = "emphysema"
    LOBECTOMY = "lobectomy"
    PACEMAKER = "pacemaker"
    STERNAL_WIRES = "sternal_wires"
    SPINAL_RODS = "spinal_rods"
    ARMS_DOWN = "arms_down"


LIMITS: Final[dict[str, tuple[float, float]]] = {
    "matrix": (64, 1024),
    "n_slices": (8, 1000),
    "slice_spacing_mm": (0.4, 10.0),
    "slice_thickness_mm": (0.4, 10.0),
    "pixel_spacing_mm": (0.3, 4.0),
    "artery_hu": (150.0, 700.0),
    "noise_hu": (0.0, 80.0),
}
"""Least and greatest possible value of each number of a PhantomSpec."""

LONGEST_MM: Final = 1000.0
"""Of all slices together: a chest with its neighbours above and below."""
_WHOLE: Final = ("matrix", "n_slices")

EMBOLUS_LEVELS: Final = (Level.CENTRAL, Level.LOBAR, Level.SEGMENTAL, Level.SUBSEGMENTAL)


@dataclass(frozen=True, slots=True)
class PhantomSpec:
    """What is asked of a phantom; None leaves the choice to the seed.

    With ``n_slices`` alone the slices cover the whole chest; with ``slice_spacing_mm`` too they
    are centred on the hila. ``artery_hu`` is the mean of the opacified pulmonary arteries.
    ``levels`` are those of the emboli of a positive study, one embolus each at least; ``mimics``
    are those that are there, () for none. ``pixel_spacing_mm`` sets the field of view, which
    otherwise fits the body.
    Raises PhantomError with the allowed range for what is impossible.
    """

    matrix: int = 512
    n_slices: int | None = None
    slice_spacing_mm: float | None = None
    slice_thickness_mm: float | None = None
    is_positive: bool | None = None
    artery_hu: float | None = None
    noise_hu: float | None = None
    kernel: Kernel | None = None
    levels: tuple[Level, ...] = ()
    mimics: tuple[Mimic, ...] | None = None
    pixel_spacing_mm: float | None = None

    def __post_init__(self) -> None:
        for name, (least, greatest) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= greatest:
                raise PhantomError(
                    f"A phantom's {name} must lie between {least:g} and {greatest:g}; "
                    f"{value:g} was asked for."
                )
            if value is not None and name in _WHOLE and value != int(value):
                raise PhantomError(
                    f"A phantom's {name} is a whole number; {value:g} was asked for."
                )
        self._check_length()
        self._check_names()

    def _check_length(self) -> None:
        length_mm = (self.n_slices or 0) * (self.slice_spacing_mm or 0.0)
        if length_mm > LONGEST_MM:
            raise PhantomError(
                f"A phantom is at most {LONGEST_MM:g} mm long; {self.n_slices} slices every "
                f"{self.slice_spacing_mm:g} mm are {length_mm:g} mm."
            )

    def _check_names(self) -> None:
        if self.kernel is not None and self.kernel not in tuple(Kernel):
            raise PhantomError(f"Kernels are: {', '.join(Kernel)}; {self.kernel} was asked for.")
        unknown = [name for name in self.mimics or () if name not in tuple(Mimic)]
        if unknown:
            raise PhantomError(f"Mimics are: {', '.join(Mimic)}; {unknown[0]} was asked for.")
        if any(level not in EMBOLUS_LEVELS for level in self.levels):
            raise PhantomError(f"Emboli lie at these levels: {', '.join(EMBOLUS_LEVELS)}.")
        if self.levels and self.is_positive is False:
            raise PhantomError("A negative phantom has no emboli; leave out their levels.")
