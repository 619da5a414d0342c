"""How fast and how large retrainings are on this machine, measured while they run, and an estimate.

Each run leaves ``rates.json``: seconds a unit (phantom, study, step) of every stage, the most
memory, and the disk that it took. The next one is estimated from the newest that fits.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from pe_models.errors import DatasetError
from pe_models.progress import Progress
from pe_models.training.files import read_json, write_json

SCHEMA_VERSION: Final = 1
_BYTES_A_VOXEL: Final = 3
"""HU and what each voxel is."""
_BYTES_REFINED: Final = 2
"""A voxel's share of what a slice net says of a cell of 1.5 mm, for a refiner."""
_SLICES_A_CHEST: Final = 135


@dataclass(frozen=True, slots=True)
class Rates:
    """What one run measured. ``seconds`` are a unit of each stage; ``peak_bytes`` of memory."""

    preset: str
    matrix: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    peak_bytes: int = 0
    measured: str = ""

    def write(self, path: Path) -> None:
        write_json(path, {"schema_version": SCHEMA_VERSION, **asdict(self)})

    def merged(self, earlier: Self | None) -> Self:
        """With what an earlier attempt of the same run measured: the slower figure is the true one,
        as an attempt that finds its work done measures too little.
        """
        if earlier is None:
            return self
        stages = {*self.seconds, *earlier.seconds}
        seconds = {s: max(self.seconds.get(s, 0.0), earlier.seconds.get(s, 0.0)) for s in stages}
        peak = max(self.peak_bytes, earlier.peak_bytes)
        return replace(self, seconds=seconds, peak_bytes=peak)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None where there are none of this version."""
        try:
            record: dict[str, Any] = read_json(path)
            if record.pop("schema_version") != SCHEMA_VERSION:
                return None
            return cls(**record)
        except (DatasetError, KeyError, TypeError, AttributeError):
            return None


class Stopwatch:
    """Measures the seconds between reports of one stage. Held time is left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent: dict[str, float] = {}
        self._units: dict[str, int] = {}
        self._last: tuple[str, int, float] | None = None

    def note(self, progress: Progress) -> None:
        now = self._clock()
        if self._last is not None:
            stage, done, at = self._last
            if stage == progress.stage and progress.done > done:
                self._spent[stage] = self._spent.get(stage, 0.0) + now - at
                self._units[stage] = self._units.get(stage, 0) + progress.done - done
        self._last = (progress.stage, progress.done, now)

    def resume(self) -> None:
        """The run was held; what comes next is measured from now."""
        if self._last is not None:
            self._last = (*self._last[:2], self._clock())

    def seconds(self) -> dict[str, float]:
        """A unit of each stage that went on for at least one."""
        return {stage: self._spent[stage] / n for stage, n in self._units.items()}


@dataclass(frozen=True, slots=True)
class Work:
    """How many units each stage of a planned run has."""

    preset: str
    matrix: int
    units: Mapping[str, int]
    n_stored: int
    """Studies that the run's own store will hold."""
    refines: bool = False
    """Whether a refiner learns from what the slice net says of each of them."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """``seconds`` and ``peak_bytes`` are None where no run measured them; ``basis`` says which."""

    seconds: float | None
    disk_bytes: int
    peak_bytes: int | None
    basis: str


def estimate(work: Work, known: Sequence[Rates]) -> CostEstimate:
    """From the newest run of the same preset and matrix; ``known`` newest first."""
    bytes_a_voxel = _BYTES_A_VOXEL + (_BYTES_REFINED if work.refines else 0)
    disk = work.n_stored * _SLICES_A_CHEST * work.matrix**2 * bytes_a_voxel
    fitting = [r for r in known if (r.preset, r.matrix) == (work.preset, work.matrix)]
    whole = next((r for r in fitting if set(work.units) <= set(r.seconds)), None)
    if whole is None:
        return CostEstimate(None, disk, None, "not measured on this machine yet")
    seconds = sum(n * whole.seconds[stage] for stage, n in work.units.items())
    return CostEstimate(seconds, disk, whole.peak_bytes, f"the run of {whole.measured}")


def peak_memory_bytes() -> int:
    """The most memory that this process held at once; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
