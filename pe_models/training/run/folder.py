"""RunFolder: where a training run leaves what others read of it."""

from dataclasses import dataclass
from pathlib import Path

from pe_models.errors import TrainingError
from pe_models.training.config import TrainConfig, config_from
from pe_models.training.files import read_json


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of one run."""

    folder: Path

    @property
    def config_file(self) -> Path:
        return self.folder / "config.json"

    @property
    def state_file(self) -> Path:
        return self.folder / "run.json"

    @property
    def history_file(self) -> Path:
        return self.folder / "progress.jsonl"

    @property
    def table_file(self) -> Path:
        return self.folder / "progress.csv"

    @property
    def stop_file(self) -> Path:
        return self.folder / "stop"

    @property
    def pause_file(self) -> Path:
        return self.folder / "pause"

    @property
    def split_file(self) -> Path:
        return self.folder / "split.json"

    @property
    def cohort_file(self) -> Path:
        return self.folder / "cohort.json"

    @property
    def start_file(self) -> Path:
        return self.folder / "start.json"

    @property
    def heart_folder(self) -> Path:
        """The net of the heart, of a run that began with a bundle that has one."""
        return self.folder / "heart"

    @property
    def boxes_file(self) -> Path:
        return self.folder / "boxes.json"

    @property
    def calibration_file(self) -> Path:
        return self.folder / "calibration.json"

    @property
    def features_folder(self) -> Path:
        return self.folder / "features"

    def checkpoint_file(self, stage: str, member: int = 0) -> Path:
        """Of a stage; ``member`` counts the slice nets and their sequence nets from 0."""
        return self.folder / "checkpoints" / f"{_numbered(stage, member)}.pt"

    def fold_file(self, fold: int, n_folds: int, member: int = 0) -> Path:
        """Checkpoint of the slice net that never sees ``fold``, from 0, of ``n_folds``."""
        name = f"{_numbered('slice', member)}-without-{fold + 1}-of-{n_folds}"
        return self.folder / "checkpoints" / f"{name}.pt"

    def features_of(self, member: int) -> Path:
        """Embeddings by a slice net of the run."""
        return self.folder / _numbered("features", member)

    def mistakes_of(self, member: int) -> Path:
        """Where the net that a slice stage began with saw clots that are none."""
        return self.folder / _numbered("mistakes", member)

    @property
    def maps_folder(self) -> Path:
        """What the slice net says of every cell, for a Refiner."""
        return self.folder / "maps"

    @property
    def refined_folder(self) -> Path:
        """Embeddings by the slice net and what a Refiner adds to them."""
        return self.folder / "refined"

    def out_of_fold_of(self, member: int, n_folds: int) -> Path:
        """Embeddings by slice nets that did not see the study."""
        return self.folder / f"{_numbered('features', member)}-out-of-{n_folds}-folds"

    def config(self) -> TrainConfig:
        return config_from(read_json(self.config_file))


def open_run(folder: Path) -> RunFolder:
    """A run that exists. Raises TrainingError."""
    run = RunFolder(folder)
    if not run.config_file.exists():
        raise TrainingError(f"{folder} holds no training run.")
    return run


def _numbered(name: str, member: int) -> str:
    """The first bears no number."""
    return name if member == 0 else f"{name}-{member + 1}"
