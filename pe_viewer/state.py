"""ReviewState: one frozen snapshot of all that is shown, and one signal when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from pe_models.findings import Findings, Flag, Heatmap
from pe_models.imaging.geometry import Geometry, Triple
from pe_models.imaging.reslice import Reslice
from pe_models.imaging.reslicing.slab import THIN, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.study import Series, SkippedFile, Study
from pe_models.imaging.volume import LoadedSlices, Volume
from pe_models.imaging.window import PE_WINDOW, Window
from pe_models.tasks import refusal_by_all
from pe_viewer.actions import OWN_KEYMAP, Keymap
from pe_viewer.changes import InOrder
from pe_viewer.display.adaptive import TrunkRegion
from pe_viewer.display.coverage import coverage_of
from pe_viewer.display.looks import CineSettings, OverlaySettings, Tool, ViewTransform
from pe_viewer.display.planes import PlaneKind
from pe_viewer.display.presets import WindowPreset
from pe_viewer.display.recut import Recut
from pe_viewer.display.scores import shown_scores
from pe_viewer.display.tags import TagList
from pe_viewer.display.track import TrackPair
from pe_viewer.draft.known import completed
from pe_viewer.draft.rules import Draft
from pe_viewer.form.answers import Language
from pe_viewer.library.entry import LibraryEntry
from pe_viewer.library.session import Session
from pe_viewer.review import Decision, Review
from pe_viewer.send.destination import Destination
from pe_viewer.send.parcel import Parcel

_METHOD_OF: Final = attrgetter("method")


class Phase(Enum):
    """Where one kind of background work stands, as the window draws it."""

    IDLE = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class Activity:
    """Scanning, loading or analysing, in words for a reader.

    ``done`` of ``total`` are counted where there is something to count; ``total`` is 0 while
    unknown. ``message`` says what failed and what to do; ``seconds_left`` is None while unknown.
    """

    phase: Phase = Phase.IDLE
    stage: str = ""
    fraction: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    done: int = 0
    total: int = 0

    @property
    def is_running(self) -> bool:
        return self.phase is Phase.RUNNING


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The bundle in use, as the top bar names it; ``message`` says why there is none.

    ``methods`` name the maps that it can make, its own first.
    """

    name: str = ""
    version: str = ""
    trained_on: str = ""
    is_ready: bool = False
    message: str = ""
    device: str = ""
    sha256: str = ""
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueuedStudy:
    """A study that waits for its analysis in the background, or has had it; where it lies."""

    study_key: str
    paths: tuple[Path, ...] = ()
    activity: Activity = field(default_factory=Activity)


@dataclass(frozen=True, slots=True, eq=False)
class ReviewSnapshot:
    """All that is shown, at one moment.

    ``thumbnails`` are small pictures (row, col) of series, by their key, as they come.
    ``pixels`` is a read-only view (int16, HU, ``[slice, row, col]``) of the buffer that loading
    fills; only the slices in ``loaded`` mean anything. ``volume`` stands over the same memory once
    all has come. ``viewed`` are the slices that were painted. ``coarse_scores`` (slice,) came
    early, NaN where unknown; they are drawn as coarse and go when Findings come. ``heatmaps`` came
    with the Findings; ``asked_maps`` are more, by slice and method, made for ``explaining``.
    ``notice`` is one line for the reader, such as "Last flagged slice". While ``withholds_model``,
    nothing of what the model says is in the snapshot at all.

    While ``shows_planes``: ``voxels`` are what planes are cut from, ``reslices`` the pictures of
    them, as they come; both go through ``crosshair_mm`` (LPS), which lies on the slice in view.
    ``planes_refusal`` says why there are none. ``plane_views`` is their zoom and pan.

    ``library`` are the studies that were opened, the last first, ``library_pictures`` their small
    pictures (row, col) by study, as they come; ``queue`` those that wait for their analysis, in
    their order; ``destinations`` are where the reader may send, ``parcels`` what is on its way or
    was sent; ``session`` is where the reader was when the program ended, while it is offered.
    ``tags`` are those of the slice that they were last asked for of.
    """

    studies: tuple[Study, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    thumbnails: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    study: Study | None = None
    series: Series | None = None
    geometry: Geometry | None = None
    pixels: NDArray[np.int16] | None = None
    loaded: LoadedSlices | None = None
    viewed: LoadedSlices | None = None
    volume: Volume | None = None
    findings: Findings | None = None
    recut: Recut | None = None
    shows_raw_scores: bool = False
    coarse_scores: NDArray[np.float32] | None = None
    compared: TrackPair | None = None
    heatmaps: tuple[Heatmap, ...] = ()
    asked_maps: Mapping[tuple[int, str], Heatmap] = field(default_factory=dict)
    explaining: Activity = field(default_factory=Activity)
    review: Review = field(default_factory=Review)
    is_second_reader: bool = False
    withholds_model: bool = False
    slice_index: int = 0
    window: Window = PE_WINDOW
    presets: tuple[WindowPreset, ...] = ()
    trunk: TrunkRegion | None = None
    view: ViewTransform = field(default_factory=ViewTransform)
    overlay: OverlaySettings = field(default_factory=OverlaySettings)
    tool: Tool = Tool.WINDOW
    keymap: Keymap = OWN_KEYMAP
    cine: CineSettings = field(default_factory=CineSettings)
    is_inverted: bool = False
    is_smooth: bool = True
    shows_corner_text: bool = True
    hides_identity: bool = False
    shows_browser: bool = True
    shows_findings: bool = True
    shows_planes: bool = False
    shows_report: bool = False
    report_language: Language = Language.ENGLISH
    reader_name: str = ""
    voxels: Voxels | None = None
    crosshair_mm: Triple | None = None
    slab: Slab = THIN
    reslices: Mapping[PlaneKind, Reslice] = field(default_factory=dict)
    plane_views: Mapping[PlaneKind, ViewTransform] = field(default_factory=dict)
    planes_refusal: str = ""
    shows_paint_count: bool = False
    model: ModelStatus = field(default_factory=ModelStatus)
    scanning: Activity = field(default_factory=Activity)
    loading: Activity = field(default_factory=Activity)
    analysis: Activity = field(default_factory=Activity)
    exporting: Activity = field(default_factory=Activity)
    sending: Activity = field(default_factory=Activity)
    destinations: tuple[Destination, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    recent: tuple[Path, ...] = ()
    library: tuple[LibraryEntry, ...] = ()
    library_pictures: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    queue: tuple[QueuedStudy, ...] = ()
    session: Session | None = None
    tags: TagList | None = None
    notice: str = ""

    @property
    def series_key(self) -> str:
        """Of the series in view; "" while there is none. It stays when loading tells more of it."""
        return "" if self.series is None else self.series.key

    @property
    def n_slices(self) -> int:
        return 0 if self.geometry is None else self.geometry.n_slices

    @property
    def refusal(self) -> str:
        """Why no task takes the series in view; "" where one does."""
        return "" if self.series is None else refusal_by_all(self.series) or ""

    @property
    def flags(self) -> tuple[Flag, ...]:
        return () if self.findings is None else self.findings.flags

    @property
    def detached(self) -> tuple[Decision, ...]:
        """Decisions on runs of another bundle; none while the model's own may still come."""
        may_come = self.findings is None and (self.volume is None or self.analysis.is_running)
        if self.withholds_model or may_come:
            return ()
        return self.review.detached(self.flags)

    @property
    def draft(self) -> Draft | None:
        """The report as it stands; None while nothing is open."""
        if self.geometry is None:
            return None
        form = completed(self.review, self.geometry, self.findings)
        language = form.language or self.report_language
        coverage = coverage_of(self.viewed, self.flags)
        return Draft(replace(form, language=language), self.review, self.findings, coverage)

    @property
    def shown_flags(self) -> tuple[Flag, ...]:
        """The runs that are drawn and stepped through: Findings' own, or the reader's cut."""
        return self.flags if self._recut is None else self._recut.flags

    @property
    def threshold(self) -> float:
        """Where the drawn runs are cut; 1 while there are no Findings."""
        if self._recut is not None:
            return self._recut.threshold
        return 1.0 if self.findings is None else self.findings.flag_threshold

    @property
    def _recut(self) -> Recut | None:
        """The reader's cut, where it is of the Findings in view."""
        recut = self.recut
        return recut if recut is not None and recut.findings is self.findings else None

    @property
    def slice_is_loaded(self) -> bool:
        return self.loaded is not None and self.slice_index in self.loaded

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that there are maps of or can be, the bundle's own first.

        Only the bundle that made the Findings can make more.
        """
        if self.findings is None:
            return ()
        can_make = self.model.sha256 == self.findings.bundle.sha256
        more = self.model.methods if can_make else ()
        return tuple(dict.fromkeys((*map(_METHOD_OF, self.heatmaps), *more)))

    @property
    def method(self) -> str:
        """The method of the maps that are drawn: the chosen one, where there is such a map."""
        methods = self.methods
        chosen = self.overlay.method
        return chosen if chosen in methods else next(iter(methods), "")

    def heatmap_of(self, slice_index: int) -> Heatmap | None:
        """The activation map of a slice by the chosen method; None where there is none."""
        method = self.method
        asked = self.asked_maps.get((slice_index, method))
        if asked is not None:
            return asked
        maps = self.heatmaps[slice_index : slice_index + 1]  # as a rule there is one a slice
        for heatmap in (*maps, *self.heatmaps):
            if heatmap.slice_index == slice_index and heatmap.method == method:
                return heatmap
        return None

    @property
    def score_is_low(self) -> bool:
        """Whether the slice in view scores below the threshold that runs are cut at."""
        if self.findings is None:
            return True
        return bool(shown_scores(self.findings)[self.slice_index] < self.threshold)

    @property
    def shown_heatmap(self) -> Heatmap | None:
        """The map that is drawn: never where the score is low, as any map looks convincing."""
        if not self.overlay.is_visible or self.score_is_low:
            return None
        return self.heatmap_of(self.slice_index)


class ReviewState(QObject):
    """The one holder of the snapshot. GUI thread only.

    ``changed(old, new)`` fires once for each update that changed something, in their order; each
    view compares the fields that it draws, by identity first.
    """

    changed = Signal(object, object)

    def __init__(self, snapshot: ReviewSnapshot | None = None) -> None:
        super().__init__()
        self._snapshot = snapshot if snapshot is not None else ReviewSnapshot()
        self._changes = InOrder[ReviewSnapshot]()

    @property
    def snapshot(self) -> ReviewSnapshot:
        return self._snapshot

    def update(self, **changes: Any) -> None:
        """Replaces fields of the snapshot. Raises TypeError for a field that does not exist."""
        old = self._snapshot
        new = replace(old, **changes)
        if all(_is_same(getattr(old, name), value) for name, value in changes.items()):
            return
        self._snapshot = new
        self._changes.tell(self.changed.emit, old, new)


def _is_same(old: object, new: object) -> bool:
    """Identity for arrays and large values, equality for small frozen ones."""
    if old is new:
        return True
    if isinstance(old, np.ndarray) or isinstance(new, np.ndarray):
        return False
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_is_same(old[key], new[key]) for key in old)
    return bool(type(old) is type(new) and old == new)
