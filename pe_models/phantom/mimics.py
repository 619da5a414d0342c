"""Which mimics of embolism one phantom has."""

from collections.abc import Mapping
from typing import Final

from pe_models.phantom.chance import stream
from pe_models.phantom.spec import Mimic

SHARE: Final[Mapping[Mimic, float]] = {
    Mimic.FLOW_ARTIFACT: 295 / 7279,
    Mimic.MOTION: 63 / 7279,
    Mimic.FILLING_DEFECT: 57 / 7279,
    Mimic.UNOPACIFIED_VEINS: 0.15,
    Mimic.MUCUS: 0.15,
    Mimic.CONSOLIDATION: 0.2,
    Mimic.ATELECTASIS: 0.35,
    Mimic.EFFUSION: 0.25,
    Mimic.NODULES: 0.6,
    Mimic.ADENOPATHY: 0.3,
    Mimic.HILAR_SCAR: 0.15,
    Mimic.MIXED_VEINS: 0.3,
    Mimic.TUMOUR: 0.07,
    Mimic.EMPHYSEMA: 0.25,
    Mimic.LOBECTOMY: 0.02,
    Mimic.PACEMAKER: 0.06,
    Mimic.STERNAL_WIRES: 0.06,
    Mimic.SPINAL_RODS: 0.03,
    Mimic.ARMS_DOWN: 0.08,
}
"""How often a phantom has each: the first three as in the RSNA-STR table, the others more often
than in life, for they teach."""

QUALITY_LABEL: Final[Mapping[Mimic, str]] = {
    Mimic.FLOW_ARTIFACT: "flow_artifact",
    Mimic.MOTION: "qa_motion",
    Mimic.FILLING_DEFECT: "true_filling_defect_not_pe",
}
"""The label of the RSNA-STR table that a mimic sets."""


def draw_mimics(seed: int, asked: tuple[Mimic, ...] | None) -> frozenset[Mimic]:
    """Those asked for; None leaves the choice to the seed."""
    if asked is not None:
        return frozenset(asked)
    rng = stream(seed, "mimics")
    drawn = rng.random(len(SHARE))
    return frozenset(m for m, chance in zip(SHARE, drawn, strict=True) if chance < SHARE[m])
