"""RetrainFolder: where one retraining leaves what, and how it stands. Loads without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pe_models import places
from pe_models.errors import DatasetError, TrainingError
from pe_models.evaluation.gate import GateDecision
from pe_models.retraining.order import RetrainOrder
from pe_models.training.files import read_json, write_json
from pe_models.training.run import RunFolder, RunState
from pe_models.training.run.lock import holder_of

_LOCK: Final = "lock"
_LIVE: Final = (RunState.RUNNING, RunState.PAUSED)


def runs_folder() -> Path:
    """Every retraining of this user, a folder each. They may hold patients' pixels: mode 0700."""
    folder = places.user_data() / "runs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def lock_file() -> Path:
    """Held by the one retraining that runs."""
    return runs_folder() / _LOCK


def safety_cohort() -> Path:
    """The fixed phantoms of reserved seeds that every candidate is measured on."""
    return places.resources() / "cohorts" / "safety.json"


def scores_folder() -> Path:
    """What bundles scored the studies of comparisons, so that each is read once: a cache."""
    return places.user_cache() / "scores"


@dataclass(frozen=True, slots=True)
class RetrainFolder:
    """Paths of one retraining. Its name becomes that of the bundle it makes."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def order_file(self) -> Path:
        return self.folder / "order.json"

    @property
    def lock_file(self) -> Path:
        """Held while this retraining runs."""
        return self.folder / _LOCK

    @property
    def log_file(self) -> Path:
        return self.folder / "process.log"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def summary_file(self) -> Path:
        return self.folder / "summary.json"

    @property
    def sets_file(self) -> Path:
        """Which studies train and which compare, by key; written before training."""
        return self.folder / "sets.json"

    @property
    def training(self) -> RunFolder:
        """The run of `train` within."""
        return RunFolder(self.folder / "training")

    @property
    def bundle(self) -> Path:
        """The candidate."""
        return self.folder / "bundle" / self.name

    @property
    def comparison(self) -> Path:
        return self.folder / "comparison"

    @property
    def gate_file(self) -> Path:
        return self.folder / "gate.json"

    @property
    def rates_file(self) -> Path:
        return self.folder / "rates.json"

    @property
    def usage_file(self) -> Path:
        """What the run uses of the machine, while it lives."""
        return self.folder / "use.json"

    @property
    def ends_with_viewer_file(self) -> Path:
        """Stands where the run is to be stopped when the viewer is closed."""
        return self.folder / "ends-with-viewer"

    @property
    def run(self) -> RunFolder:
        """State, history, ``stop`` and ``pause`` of the whole."""
        return RunFolder(self.folder)

    def order(self) -> RetrainOrder:
        """Raises DatasetError or TrainingError."""
        return RetrainOrder.from_dict(read_json(self.order_file))

    def write_order(self, order: RetrainOrder) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(self.order_file, order.to_dict())
        self.order_file.chmod(0o600)  # it may name folders of patients

    def decision(self) -> GateDecision | None:
        """What the gate said; None where it was not reached. Raises TrainingError."""
        if not self.gate_file.exists():
            return None
        try:
            return GateDecision.from_dict(read_json(self.gate_file)["decision"])
        except (DatasetError, KeyError, TypeError, ValueError) as error:
            raise TrainingError(f"{self.gate_file.name} is not readable: {error}") from error


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a retraining stands: ``state`` None before it began; ``pid`` of its process, or None."""

    state: RunState | None
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    started: str = ""
    updated: str = ""
    pid: int | None = None

    @property
    def is_alive(self) -> bool:
        return self.pid is not None


def status_of(retraining: RetrainFolder) -> RunStatus:
    """The state as its files tell it, set right where its process has gone without a word."""
    pid = holder_of(retraining.lock_file)
    try:
        record: Mapping[str, Any] = read_json(retraining.run.state_file)
        state = RunState(record["state"])
        told = (str(record["stage"]), int(record["done"]), int(record["total"]))
    except (DatasetError, KeyError, TypeError, ValueError):
        return RunStatus(RunState.RUNNING if pid else None, pid=pid)
    if pid is None and state in _LIVE:
        state = RunState.INTERRUPTED
    times = (str(record.get("started", "")), str(record.get("updated", "")))
    return RunStatus(state, *told, str(record.get("message", "")), *times, pid)


def list_runs() -> tuple[RetrainFolder, ...]:
    """Every retraining, newest first; what begins with a dot is only planned."""
    folders = [path for path in runs_folder().glob("[!.]*") if (path / "order.json").is_file()]
    return tuple(RetrainFolder(path) for path in sorted(folders, reverse=True))
