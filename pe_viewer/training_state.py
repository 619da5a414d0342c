"""TrainingState: what the training window shows, as one frozen snapshot with one signal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from pe_models.bundle import BundleListing, Choice, ModelBundle
from pe_models.checking.card import CheckCard
from pe_models.evaluation.gate import GateDecision, StudySet
from pe_models.retraining.folder import RetrainFolder, RunStatus
from pe_models.retraining.order import ReviewData
from pe_models.retraining.rates import CostEstimate
from pe_models.retraining.summary import DataSummary
from pe_models.retraining.usage import Usage
from pe_viewer.changes import InOrder
from pe_viewer.display.track import TrackPair

Curve = tuple[tuple[float, ...], tuple[float, ...]]
"""Steps and values, in the order of the steps."""


@dataclass(frozen=True, slots=True)
class RunView:
    """One retraining as the list shows it. ``seconds_left`` of the stage and ``usage`` of the
    machine are None while unknown.
    """

    retraining: RetrainFolder
    status: RunStatus
    decision: GateDecision | None = None
    seconds_left: float | None = None
    usage: Usage | None = None
    ends_with_viewer: bool = False

    @property
    def name(self) -> str:
        return self.retraining.name


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FigureView:
    """One figure of both bundles; ``difference`` is the candidate's minus that of the one in use.

    ``favours_candidate`` is None where the interval of the difference holds zero.
    """

    in_use: Interval
    candidate: Interval
    difference: Interval
    favours_candidate: bool | None = None


@dataclass(frozen=True, slots=True)
class ComparedStudy:
    """A study on which the bundles lie far apart; exam scores in [0, 1].

    ``has_pe`` is None where that is unknown. ``slice_index`` is where the tracks lie furthest
    apart; ``truth`` (slice,) is 0, 1 or None.
    """

    study: str
    has_pe: bool | None
    in_use_score: float
    candidate_score: float
    slice_index: int
    truth: tuple[int | None, ...] = ()
    tracks: TrackPair | None = None


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """The bundle in use and the candidate on one set of studies.

    ``figures`` by dotted name; ``found`` (FROC: emboli found over false marks a study) and
    ``reliability`` (positive share over score) are curves of the bundle in use and of the
    candidate, None where not defined; ``faithfulness`` likewise by figure.
    """

    in_use: str
    candidate: str
    n_studies: int
    figures: Mapping[str, FigureView]
    found: tuple[Curve | None, Curve | None] = (None, None)
    reliability: tuple[Curve | None, Curve | None] = (None, None)
    studies: tuple[ComparedStudy, ...] = ()
    faithfulness: tuple[Mapping[str, float] | None, Mapping[str, float] | None] = (None, None)


@dataclass(frozen=True, slots=True)
class RunDetails:
    """The retraining in view: ``curves`` by stage and figure, ``log`` for people, newest last."""

    name: str = ""
    curves: Mapping[tuple[str, str], Curve] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    comparisons: Mapping[StudySet, ComparisonView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the files of all runs gave."""

    runs: tuple[RunView, ...]
    details: RunDetails


@dataclass(frozen=True, slots=True)
class Shelf:
    """The bundles at hand, which were in use, and which is; ``in_use_sha256`` "" where unknown.

    ``cards`` are their model cards as Markdown, by SHA-256.
    """

    bundles: tuple[BundleListing, ...] = ()
    choices: tuple[Choice, ...] = ()
    in_use_sha256: str = ""
    problem: str = ""
    cards: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_use(self) -> ModelBundle | None:
        """None where it is not listed yet, or cannot be read."""
        found = (listing.bundle for listing in self.bundles)
        exams = (bundle for bundle in found if isinstance(bundle, ModelBundle))
        return next((bundle for bundle in exams if bundle.sha256 == self.in_use_sha256), None)


@dataclass(frozen=True, slots=True)
class ReviewsFound:
    """What the library has signed off: ``data`` None where nothing can be used."""

    data: ReviewData | None = None
    n_studies: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanView:
    """What an order would train on and cost; ``message`` says why that cannot be told."""

    summary: DataSummary | None = None
    cost: CostEstimate | None = None
    message: str = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class CheckView:
    """Checks of this installation, the newest last, and how far the one that runs is."""

    cards: tuple[CheckCard, ...] = ()
    is_running: bool = False
    done: int = 0
    total: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class TrainingSnapshot:
    """All that the training window shows."""

    runs: tuple[RunView, ...] = ()
    selected: str = ""
    details: RunDetails = field(default_factory=RunDetails)
    reviews: ReviewsFound = field(default_factory=ReviewsFound)
    plan: PlanView = field(default_factory=PlanView)
    shelf: Shelf = field(default_factory=Shelf)
    check: CheckView = field(default_factory=CheckView)
    notice: str = ""

    @property
    def selected_run(self) -> RunView | None:
        return next((run for run in self.runs if run.name == self.selected), None)

    @property
    def live_run(self) -> RunView | None:
        """The one that trains now."""
        return next((run for run in self.runs if run.status.is_alive), None)


class TrainingState(QObject):
    """The one holder of the snapshot. GUI thread only.

    ``changed(old, new)`` for each update that changed something, in their order.
    """

    changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = TrainingSnapshot()
        self._changes = InOrder[TrainingSnapshot]()

    @property
    def snapshot(self) -> TrainingSnapshot:
        return self._snapshot

    def update(self, **changes: Any) -> None:
        """Replaces fields. Raises TypeError for a field that does not exist."""
        old, new = self._snapshot, replace(self._snapshot, **changes)
        if new != old:
            self._snapshot = new
            self._changes.tell(self.changed.emit, old, new)
