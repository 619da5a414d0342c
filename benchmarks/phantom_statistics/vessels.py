"""Vessels: how many arteries a phantom has and how wide they are, by its own truth."""

from typing import Final

import numpy as np

from benchmarks.phantom_statistics.measures import Figures
from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Level

COUNTED_MM: Final = {5.8: 32.0, 3.65: 98.0, 2.09: 301.0, 1.33: 976.0}
"""Arteries of at least these diameters (mm) in two human lungs (Huang et al. 1996)."""


def vessel_figures(sampler: PhantomSampler) -> Figures:
    """Arteries at least so wide where they begin, branches by level, and their mean calibre."""
    tree = sampler.chest.scene.circulation.vessels.artery_tree
    widths = np.asarray([2.0 * float(branch.radii[0]) for branch in tree])
    figures = {counted_name(mm): float((widths >= mm).sum()) for mm in COUNTED_MM}
    for level in Level:
        of_level = [branch for branch in tree if branch.level is level]
        figures[f"arteries, {level}: number"] = float(len(of_level))
        figures[f"arteries, {level}: median diameter (mm)"] = _median_width_mm(of_level)
    return figures | {"arteries, generations to the furthest end": float(_generations(tree))}


def counted_name(at_least_mm: float) -> str:
    return f"arteries of at least {at_least_mm:g} mm"


def _median_width_mm(branches: list[Branch]) -> float:
    return float(np.median([2.0 * float(b.radii.mean()) for b in branches])) if branches else np.nan


def _generations(tree: Tree) -> int:
    """Bifurcations from the trunk to the end that has most before it."""
    depth: list[int] = []
    for branch in tree:  # parents stand before their children
        depth.append(0 if branch.parent < 0 else depth[branch.parent] + 1)
    return max(depth)
