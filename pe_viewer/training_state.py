"""TrainingState: what the training window shows, as one frozen snapshot with one signal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from pe_models.bundle import BundleListing, Choice
from pe_models.evaluation.gate import GateDecision
from pe_models.retraining.folder import RetrainFolder, RunStatus
from pe_models.retraining.rates import CostEstimate
from pe_models.retraining.summary import DataSummary

Curve = tuple[tuple[float, ...], tuple[float, ...]]
"""Steps and values, in the order of the steps."""


@dataclass(frozen=True, slots=True)
class RunView:
    """One retraining as the list shows it. ``seconds_left`` of the stage; None while unknown."""

    retraining: RetrainFolder
    status: RunStatus
    decision: GateDecision | None = None
    seconds_left: float | None = None

    @property
    def name(self) -> str:
        return self.retraining.name


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A study of the comparison on which the two bundles lie far apart; exam scores in [0, 1]."""

    study: str
    is_positive: bool
    in_use_score: float
    candidate_score: float


@dataclass(frozen=True, slots=True)
class RunDetails:
    """The retraining in view: ``curves`` by stage and figure, ``log`` for people, newest last."""

    name: str = ""
    curves: Mapping[tuple[str, str], Curve] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the files of all runs gave."""

    runs: tuple[RunView, ...]
    details: RunDetails


@dataclass(frozen=True, slots=True)
class Shelf:
    """The bundles at hand, which were in use, and which is; ``in_use_sha256`` "" where unknown."""

    bundles: tuple[BundleListing, ...] = ()
    choices: tuple[Choice, ...] = ()
    in_use_sha256: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """What an order would train on and cost; ``message`` says why that cannot be told."""

    summary: DataSummary | None = None
    cost: CostEstimate | None = None
    message: str = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class TrainingSnapshot:
    """All that the training window shows."""

    runs: tuple[RunView, ...] = ()
    selected: str = ""
    details: RunDetails = field(default_factory=RunDetails)
    plan: PlanView = field(default_factory=PlanView)
    shelf: Shelf = field(default_factory=Shelf)
    notice: str = ""

    @property
    def selected_run(self) -> RunView | None:
        return next((run for run in self.runs if run.name == self.selected), None)

    @property
    def live_run(self) -> RunView | None:
        """The one that trains now."""
        return next((run for run in self.runs if run.status.is_alive), None)


class TrainingState(QObject):
    """The one holder of the snapshot. GUI thread only. ``changed(old, new)`` where it differs."""

    changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = TrainingSnapshot()

    @property
    def snapshot(self) -> TrainingSnapshot:
        return self._snapshot

    def update(self, **changes: Any) -> None:
        """Replaces fields. Raises TypeError for a field that does not exist."""
        old, new = self._snapshot, replace(self._snapshot, **changes)
        if new != old:
            self._snapshot = new
            self.changed.emit(old, new)
