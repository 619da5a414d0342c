"""make_head: one synthetic head CT in memory, its HU, blood and truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom.head.head import Head
from pe_models.phantom.head.scanner import HeadScanner
from pe_models.phantom.head.spec import HeadSpec
from pe_models.phantom.head.truth import VISIBLE_SHARE, HeadTruth


@dataclass(frozen=True, slots=True, eq=False)
class HeadPhantom:
    """One head CT; arrays are ``[slice, row, col]``, slice 0 most inferior.

    ``blood`` holds the place of its kind in ``head.KINDS`` + 1, 0 elsewhere.
    """

    seed: int
    hu: NDArray[np.int16]
    geometry: Geometry
    blood: NDArray[np.uint8]
    slice_thickness_mm: float
    truth: HeadTruth


def make_head(
    seed: int, spec: HeadSpec, *, on_slice: Callable[[int, int], None] | None = None
) -> HeadPhantom:
    """Makes one head; equal arguments give equal arrays.

    ``on_slice(done, total)`` is called after each slice and may raise to stop.
    """
    head = Head.build(seed, spec)
    scanner = HeadScanner.plan(seed, spec, head)
    geometry = scanner.geometry
    hu = np.empty(geometry.shape, dtype=np.int16)
    blood = np.zeros(geometry.shape, dtype=np.uint8)
    for index in range(geometry.n_slices):
        hu[index], share = scanner.slice(head, index)
        blood[index] = np.where(share.max(axis=0) >= VISIBLE_SHARE, share.argmax(axis=0) + 1, 0)
        if on_slice is not None:
            on_slice(index + 1, geometry.n_slices)
    truth = HeadTruth.of(seed, head, scanner.noise_hu, blood, geometry)
    return HeadPhantom(seed, hu, geometry, blood, scanner.thickness_mm, truth)
