"""Of a phantom's truth: where its clots lie, and how wide its ventricles are."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import ArteryLevel, Flag, MarkedPlace, Side
from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.maps import VentricleMaps
from pe_models.heart.reading import read_heart
from pe_models.heart.trunk import measure_trunk
from pe_models.heart_findings import RightHeart, Trunk
from pe_models.imaging.anatomy.lungs import segment_lungs
from pe_models.imaging.volume import Volume
from pe_models.phantom.chambers import Chamber

MOST_PLACES: Final = 3
_CELL_PX: Final = 2
_CALIBRATION: Final = HeartCalibration(0.0, 0.0, 0.06, 0.0, 40, "phantoms")


def places_of(
    emboli: Sequence[Mapping[str, Any]], clots: NDArray[np.uint8], flag: Flag
) -> tuple[MarkedPlace, ...]:
    """The largest clots of a flag, each where it is widest; ``clots`` are numbered from 1."""
    found: list[tuple[float, MarkedPlace]] = []
    for number, embolus in enumerate(emboli, start=1):
        n_px = np.count_nonzero(clots == number, axis=(1, 2))  # (slice,)
        at = int(np.argmax(n_px))
        if at in flag and n_px[at] > 0:
            row, col = _middle_of(clots[at] == number)
            side, level = Side(embolus["side"]), ArteryLevel(embolus["level"])
            place = MarkedPlace(at, row, col, flag.score, side, level)
            found.append((float(embolus["volume_mm3"]), place))
    found.sort(key=lambda each: -each[0])
    return tuple(place for _, place in found[:MOST_PLACES])


def most_proximal(places: Sequence[MarkedPlace]) -> ArteryLevel | None:
    order = list(ArteryLevel)
    levels = [place.level for place in places if place.level is not None]
    return min(levels, key=order.index, default=None)


def heart_of(chambers: NDArray[np.uint8], volume: Volume) -> RightHeart:
    """The widths that the analysis would read from maps without a fault."""
    cells = chambers[:, ::_CELL_PX, ::_CELL_PX]
    right, left = (
        (cells == chamber).astype(np.float32)
        for chamber in (Chamber.RIGHT_VENTRICLE, Chamber.LEFT_VENTRICLE)
    )
    maps = VentricleMaps(
        right,
        left,
        tuple(range(volume.n_slices)),
        (0.0, 0.0),
        (float(_CELL_PX), float(_CELL_PX)),
        volume.geometry.spacing_mm,
    )
    return read_heart(maps, volume.hu, _CALIBRATION)


def trunk_of(volume: Volume) -> Trunk | None:
    return measure_trunk(volume.hu, volume.geometry, segment_lungs(volume.hu, volume.geometry))


def _middle_of(clot: NDArray[np.bool_]) -> tuple[float, float]:
    """The pixel of a clot that lies nearest to its centre, which may be in the blood."""
    pixels = np.argwhere(clot)
    row, col = pixels[np.argmin(((pixels - pixels.mean(axis=0)) ** 2).sum(axis=1))]
    return float(row), float(col)
