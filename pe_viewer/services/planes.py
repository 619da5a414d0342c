"""Cutting planes, in a lane of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

from pe_models.imaging.reslice import Reslice, reslice
from pe_models.imaging.reslicing.plane import Plane
from pe_models.imaging.reslicing.slab import Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.progress import CancelToken
from pe_viewer.display.planes import PlaneKind
from pe_viewer.jobs import Job, JobRunner, Lane


@dataclass(frozen=True, slots=True, eq=False)
class PlaneRequest:
    """Planes through ``voxels``, all of them as thick as ``slab``."""

    voxels: Voxels
    planes: Mapping[PlaneKind, Plane]
    slab: Slab


class PlaneService:
    """Starts the cutting of planes. GUI thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def cut(self, request: PlaneRequest) -> Job:
        """A job that ends in a Reslice of each plane, by its kind."""
        return self._runner.start(
            Lane.PLANES, "planes", lambda on_progress, cancel: cut_planes(request, cancel)
        )


def cut_planes(request: PlaneRequest, cancel: CancelToken) -> Mapping[PlaneKind, Reslice]:
    """Cuts every plane. Raises Cancelled."""
    made: dict[PlaneKind, Reslice] = {}
    for kind, plane in request.planes.items():
        cancel.raise_if_cancelled()
        made[kind] = reslice(request.voxels, plane, request.slab)
    return made
