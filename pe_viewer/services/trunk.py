"""Finding the pulmonary trunk, in a lane of its own: it takes a second."""

from pe_models.errors import InputError
from pe_models.imaging.volume import Volume, VolumeKind
from pe_viewer.display.adaptive import TrunkRegion
from pe_viewer.jobs import Job, JobRunner, Lane


class TrunkService:
    """Starts the search. GUI thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def find(self, volume: Volume) -> Job:
        """A job that ends in a TrunkRegion, or fails with the reason."""
        return self._runner.start(
            Lane.MEASURE, "find trunk", lambda on_progress, cancel: _find(volume)
        )


def _find(volume: Volume) -> TrunkRegion:
    from pe_viewer.display.trunk import find_trunk  # brings scipy, after the first paint

    if volume.kind is not VolumeKind.HU:
        raise InputError("These values are not HU, so that no window can be set by contrast")
    return find_trunk(volume.hu, volume.geometry)
