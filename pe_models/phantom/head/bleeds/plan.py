"""Which bleeds one head has: one kind, and what often comes with it."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.head.bleeds.bleed import Bleed
from pe_models.phantom.head.bleeds.extra_axial import Epidural, FalcineSubdural, Subdural
from pe_models.phantom.head.bleeds.intraparenchymal import Intraparenchymal
from pe_models.phantom.head.bleeds.intraventricular import Intraventricular
from pe_models.phantom.head.bleeds.subarachnoid import Subarachnoid
from pe_models.phantom.head.spec import BleedKind, HeadSpec

_SHARES: Final[Mapping[BleedKind, float]] = {
    BleedKind.EPIDURAL: 0.16,
    BleedKind.INTRAPARENCHYMAL: 0.24,
    BleedKind.INTRAVENTRICULAR: 0.14,
    BleedKind.SUBARACHNOID: 0.22,
    BleedKind.SUBDURAL: 0.24,
}
"""What a bleeding head has first: epidural far more often than in life, for it must be learnt."""
_COMPANIONS: Final[Mapping[BleedKind, Mapping[BleedKind, float]]] = {
    BleedKind.EPIDURAL: {BleedKind.SUBARACHNOID: 0.15, BleedKind.SUBDURAL: 0.1},
    BleedKind.INTRAPARENCHYMAL: {BleedKind.INTRAVENTRICULAR: 0.3, BleedKind.SUBARACHNOID: 0.15},
    BleedKind.INTRAVENTRICULAR: {BleedKind.SUBARACHNOID: 0.2},
    BleedKind.SUBARACHNOID: {BleedKind.INTRAVENTRICULAR: 0.2, BleedKind.SUBDURAL: 0.15},
    BleedKind.SUBDURAL: {BleedKind.SUBARACHNOID: 0.25, BleedKind.INTRAPARENCHYMAL: 0.1},
}
_ALONG_FALX: Final = 0.25
_POSITIVE_SHARE: Final = 0.4
"""Heads with blood, where nobody says: as in the RSNA 2019 examinations."""


def draw_bleeds(seed: int, spec: HeadSpec) -> tuple[Bleed, ...]:
    """The bleeds of one head, in the order of BleedKind; () where it has none."""
    rng = stream(seed, "bleeds")
    is_positive = rng.random() < _POSITIVE_SHARE
    drawn = _kinds(rng)
    if spec.is_positive is not None:
        is_positive = spec.is_positive
    kinds = frozenset(spec.bleeds) or (drawn if is_positive else frozenset())
    return tuple(_DRAW[kind](stream(seed, f"bleed {kind}")) for kind in BleedKind if kind in kinds)


def _kinds(rng: np.random.Generator) -> frozenset[BleedKind]:
    kinds = tuple(_SHARES)
    first = kinds[rng.choice(len(kinds), p=tuple(_SHARES.values()))]
    chances = rng.random(len(kinds))
    others = (
        kind
        for kind, chance in zip(kinds, chances, strict=True)
        if chance < _COMPANIONS[first].get(kind, 0.0)
    )
    return frozenset((first, *others))


def _subdural(rng: np.random.Generator) -> Bleed:
    return FalcineSubdural.draw(rng) if rng.random() < _ALONG_FALX else Subdural.draw(rng)


_DRAW: Final[Mapping[BleedKind, Callable[[np.random.Generator], Bleed]]] = {
    BleedKind.EPIDURAL: Epidural.draw,
    BleedKind.INTRAPARENCHYMAL: Intraparenchymal.draw,
    BleedKind.INTRAVENTRICULAR: Intraventricular.draw,
    BleedKind.SUBARACHNOID: Subarachnoid.draw,
    BleedKind.SUBDURAL: _subdural,
}
