"""The phantoms of a FixedCohort, as a StudySource: made in other processes while the nets run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.evaluation.sources import KnownStudy
from pe_models.evaluation.truth import truth_of_phantom
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.parallel import map_processes
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.dicom import PhantomUids
from pe_models.phantom.fixed_cohort import FixedCohort, FixedStudy
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.progress import CancelToken

_BOLUS: Final = (("below 300 HU", 300.0), ("300 to 449 HU", 450.0), ("450 HU and more", np.inf))
_THICKNESS: Final = (("up to 1 mm", 1.01), ("to 2 mm", 2.01), ("above 2 mm", np.inf))
"""Names of parts of a cohort, each with what lies below it alone."""


@dataclass(frozen=True, slots=True)
class CohortSource:
    """Straight to arrays, without DICOM; ``n_workers`` processes make phantoms ahead."""

    fixed: FixedCohort
    n_workers: int = 1

    @property
    def cohort(self) -> str:
        return self.fixed.name

    @property
    def version(self) -> str:
        return f"generator-{GENERATOR_VERSION}"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(study.name for study in self.fixed.studies)

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        by_name = {study.name: study for study in self.fixed.studies}
        wanted = [by_name[name] for name in names]
        for known in map_processes(make_known, wanted, n_processes=self.n_workers, cancel=cancel):
            # made anew: what came through a pipe may be written to
            yield replace(known, volume=replace(known.volume))


def make_known(study: FixedStudy) -> KnownStudy:
    """Makes one phantom, on one core."""
    cv2.setNumThreads(1)  # the nets want the others
    phantom = make_phantom(study.seed, study.spec)
    n_emboli = len(phantom.truth.emboli)
    return KnownStudy(
        volume=volume_of(phantom, PhantomUids(study.seed, study.spec)),
        truth=truth_of_phantom(
            study.name,
            phantom.truth,
            n_slices=phantom.geometry.n_slices,
            traits=_traits(phantom),
        ),
        emboli=tuple(_voxels(phantom.clot, place + 1) for place in range(n_emboli)),
    )


def volume_of(phantom: Phantom, uids: PhantomUids) -> Volume:
    """What reading the phantom's DICOM files gives, without the files."""
    n_slices = phantom.geometry.n_slices
    z0, slice_mm = phantom.geometry.origin_mm[2], phantom.geometry.spacing_mm[0]
    stamps = tuple(
        SliceStamp(uids.image(k), n_slices - k, None, z0 + slice_mm * k) for k in range(n_slices)
    )
    origin = VolumeOrigin(uids.study, uids.series, stamps, phantom.slice_thickness_mm)
    return Volume(phantom.hu, phantom.geometry, origin, padding=_packed_padding(phantom))


def _packed_padding(phantom: Phantom) -> NDArray[np.uint8] | None:
    if not phantom.padding.any():
        return None
    plane = np.packbits(phantom.padding, axis=1)  # (row, packed col)
    return np.broadcast_to(plane, (phantom.geometry.n_slices, *plane.shape))


def _voxels(clot: NDArray[np.uint8], number: int) -> NDArray[np.int16]:
    return np.argwhere(clot == number).astype(np.int16)


def _traits(phantom: Phantom) -> dict[str, str]:
    """What the figures are split by."""
    artery_hu = phantom.truth.bolus_hu["pulmonary_artery"]
    bolus = next(name for name, below in _BOLUS if artery_hu < below)
    thickness = next(name for name, below in _THICKNESS if phantom.slice_thickness_mm < below)
    return {
        "kernel": phantom.truth.kernel,
        "bolus": bolus,
        "slices": thickness,
        **{f"mimic: {mimic.value}": "yes" for mimic in phantom.truth.mimics},
    }
