"""HeadSpec: what may be asked of a head phantom, and the range in which it is possible."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pe_models.phantom.spec import PhantomError


class BleedKind(StrEnum):
    """Where blood lies; the subcategories of the RSNA 2019 labels, by their names."""

    EPIDURAL = "epidural"
    INTRAPARENCHYMAL = "intraparenchymal"
    INTRAVENTRICULAR = "intraventricular"
    SUBARACHNOID = "subarachnoid"
    SUBDURAL = "subdural"


class HeadMimic(StrEnum):
    """What is no bleed and may be taken for one, or hides one."""

    CALCIFIED_PLEXUS = "calcified_plexus"
    CALCIFIED_FALX = "calcified_falx"
    BEAM_HARDENING = "beam_hardening"
    DENSE_SINUSES = "dense_sinuses"
    MENINGIOMA = "meningioma"
    OLD_INFARCT = "old_infarct"
    MOTION = "motion"


HEAD_LIMITS: Final[dict[str, tuple[float, float]]] = {
    "matrix": (64, 1024),
    "n_slices": (4, 200),
    "noise_hu": (0.0, 30.0),
}
"""Least and greatest possible value of each number of a HeadSpec."""


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """What is asked of a head; None leaves the choice to the seed.

    ``n_slices`` cover the head from its base to above the vertex, about 5 mm each by default.
    ``is_positive`` says whether there is blood; ``bleeds`` are its kinds, one each at least.
    Raises PhantomError with the allowed range for what is impossible.
    """

    matrix: int = 256
    n_slices: int | None = None
    is_positive: bool | None = None
    bleeds: tuple[BleedKind, ...] = ()
    mimics: tuple[HeadMimic, ...] | None = None
    noise_hu: float | None = None

    def __post_init__(self) -> None:
        for name, (least, greatest) in HEAD_LIMITS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= greatest:
                raise PhantomError(
                    f"A head phantom's {name} must lie between {least:g} and {greatest:g}; "
                    f"{value:g} was asked for."
                )
        if self.bleeds and self.is_positive is False:
            raise PhantomError("A negative head has no bleeds; leave out their kinds.")
