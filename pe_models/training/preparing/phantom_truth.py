"""A phantom's truth, from its files in the RSNA layout or from memory, as the store keeps it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.imaging.volume import Volume
from pe_models.orientation import InPlaneTurn
from pe_models.phantom import GENERATOR_NAME
from pe_models.training.files import read_json
from pe_models.training.store import Embolus, LookalikePlace
from pe_models.training.store.tissue_labels import tissue_labels

_MASKS = ("clot", "vessel", "chamber")


def emboli_of(truth: Path) -> tuple[Embolus, ...]:
    """From ``truth/<StudyInstanceUID>.json``. Raises DatasetError where that says it otherwise."""
    with _told(truth) as record:
        return tuple(Embolus(e["level"], e["side"], *e["slices"]) for e in record["emboli"])


def generator_of(truth: Path) -> str:
    """From the same file, as the store names it."""
    with _told(truth) as record:
        return generator_name(str(record["generator_version"]))


def generator_name(version: str) -> str:
    return f"{GENERATOR_NAME} {version}"


def lookalikes_of(truth: Path) -> tuple[LookalikePlace, ...]:
    """From the same file."""
    with _told(truth) as record:
        return tuple(
            LookalikePlace(look["kind"], nearest_voxel(look["center_slice_row_col"]))
            for look in record.get("lookalikes", ())
        )


def ventricles_of(truth: Path) -> tuple[float, float]:
    """From the same file: widths of the right and the left ventricle in mm."""
    with _told(truth) as record:
        return float(record["rv_mm"]), float(record["lv_mm"])


def tissues_of(masks: Path, volume: Volume) -> NDArray[np.uint8] | None:
    """TissueLabels from ``truth/<StudyInstanceUID>-masks.npz``, turned as the store's arrays are.

    None where a phantom of an older generator has no mask of the chambers. Raises DatasetError for
    masks that cannot be read, or that are not those of ``volume``.
    """
    try:
        with np.load(masks, allow_pickle=False) as held:
            if not set(_MASKS) <= set(held):
                return None
            labels = tissue_labels(*(held[name] for name in _MASKS))
    except (OSError, ValueError, BadZipFile, EOFError) as error:
        raise DatasetError(f"Its masks cannot be read: {error}") from error
    if labels.shape != volume.geometry.shape:
        raise DatasetError("Its masks are not of the shape of its images.")
    as_volume = replace(volume, hu=labels.astype(np.int16))
    return InPlaneTurn.of(volume.geometry).turned(as_volume).hu.astype(np.uint8)


def nearest_voxel(place: Iterable[float]) -> tuple[int, int, int]:
    """The voxel that holds a place (slice, row, col)."""
    k, row, col = (round(value) for value in place)
    return k, row, col


@contextmanager
def _told(truth: Path) -> Iterator[Mapping[str, Any]]:
    try:
        yield read_json(truth)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"Its truth is not as the phantom writes it ({type(error).__name__}: {error})."
        ) from error
