"""Contrast: what each blood pool and tissue measures in HU in one phantom."""

from dataclasses import dataclass
from typing import Final, Self

from pe_models.phantom.chance import stream

UNOPACIFIED_BLOOD_HU: Final = 45.0
_EQUAL_SHARE: Final = 0.25
"""How often all vessels measure the same: then only their course tells artery from vein."""
_EARLY_SHARE: Final = 0.12


@dataclass(frozen=True, slots=True)
class Contrast:
    """Mean HU of the blood pools and of the tissues that vary from phantom to phantom.

    ``mixing`` is the share of contrast that blood from below takes from the right heart's worst
    place.
    """

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
    oesophagus: float
    mixing: float

    @classmethod
    def draw(
        cls, seed: int, *, artery_hu: float | None, is_poor: bool, has_dark_veins: bool
    ) -> Self:
        """``artery_hu`` as asked for; None draws 150 to 600, or 85 to 135 for a poor bolus."""
        rng = stream(seed, "contrast")
        drawn = rng.uniform(85, 135) if is_poor else rng.triangular(150, 380, 600)
        artery = float(drawn if artery_hu is None else artery_hu)
        rise = artery - UNOPACIFIED_BLOOD_HU
        vein, aorta = rng.uniform((0.4, 0.35), (1.15, 1.1))
        right, cava = rng.uniform(0.85, 1.2), rng.uniform(0.8, 2.6)
        if rng.random() < _EARLY_SHARE:  # scanned before the bolus reached the left heart
            vein, aorta = rng.uniform(0.1, 0.45), rng.uniform(0.0, 0.3)
        if rng.random() < _EQUAL_SHARE:
            vein = aorta = right = cava = 1.0
        if has_dark_veins:
            vein = rng.uniform(0.0, 0.2)
        left = vein * rng.uniform(0.92, 1.06)  # what the veins bring

        def pool(share: float) -> float:
            return float(UNOPACIFIED_BLOOD_HU + share * rise)

        return cls(
            pulmonary_artery=artery,
            right_heart=pool(right),
            left_heart=pool(left),
            pulmonary_vein=pool(vein),
            aorta=pool(aorta),
            superior_cava=min(1400.0, pool(cava)),
            inferior_cava=float(rng.uniform(45, 150)),
            azygos=pool(rng.choice([0.0, 0.1, 0.4, 1.2], p=[0.35, 0.3, 0.25, 0.1])),
            muscle=float(rng.uniform(40, 72)),
            fat=float(rng.uniform(-118, -88)),
            myocardium=float(rng.uniform(60, 135)),
            liver=float(rng.uniform(40, 115)),
            spleen=float(rng.uniform(60, 170)),
            marrow=float(rng.uniform(90, 260)),
            cortex=float(rng.uniform(420, 880)),
            oesophagus=float(rng.uniform(25, 80)),
            mixing=float(rng.uniform(0.0, 0.75)),
        )
