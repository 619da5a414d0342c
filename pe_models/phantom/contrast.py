"""Contrast: what each blood pool and tissue measures in HU in one phantom."""

from dataclasses import dataclass
from typing import Self

from pe_models.phantom.chance import stream

_UNOPACIFIED_BLOOD_HU = 45.0


@dataclass(frozen=True, slots=True)
class Contrast:
    """Mean HU of the blood pools and of the tissues that vary from phantom to phantom."""

    pulmonary_artery: float
    right_heart: float
    left_heart: float
    pulmonary_vein: float
    aorta: float
    superior_cava: float
    inferior_cava: float
    azygos: float
    muscle: float
    fat: float
    myocardium: float
    liver: float
    spleen: float
    marrow: float
    cortex: float
    lung: float
    clot: float

    @classmethod
    def draw(cls, seed: int, *, artery_hu: float | None, is_poor: bool) -> Self:
        """``artery_hu`` as asked for; None draws 150 to 600, or 85 to 135 for a poor bolus."""
        rng = stream(seed, "contrast")
        drawn = rng.uniform(85, 135) if is_poor else rng.triangular(150, 380, 600)
        artery = float(drawn if artery_hu is None else artery_hu)
        rise = artery - _UNOPACIFIED_BLOOD_HU
        left = rng.uniform(0.45, 1.0)
        vein = left * rng.uniform(0.9, 1.05)
        if rng.random() < 0.15:  # an early scan: veins and left heart before the bolus
            left, vein = rng.uniform(0.1, 0.4), rng.uniform(0.02, 0.25)

        def pool(share: float) -> float:
            return float(_UNOPACIFIED_BLOOD_HU + share * rise)

        return cls(
            pulmonary_artery=artery,
            right_heart=pool(rng.uniform(0.9, 1.2)),
            left_heart=pool(left),
            pulmonary_vein=pool(vein),
            aorta=pool(left * rng.uniform(0.85, 1.0)),
            superior_cava=min(1400.0, pool(rng.uniform(0.8, 2.6))),
            inferior_cava=float(rng.uniform(50, 130)),
            azygos=pool(rng.choice([0.1, 0.4])),
            muscle=float(rng.uniform(48, 66)),
            fat=float(rng.uniform(-112, -96)),
            myocardium=float(rng.uniform(75, 120)),
            liver=float(rng.uniform(55, 105)),
            spleen=float(rng.uniform(80, 140)),
            marrow=float(rng.uniform(110, 240)),
            cortex=float(rng.uniform(480, 780)),
            lung=float(rng.uniform(-880, -800)),
            clot=float(rng.uniform(28, 68)),
        )
