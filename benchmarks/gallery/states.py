"""States of the window, each one frozen snapshot, for the gallery and the guide."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.gallery.faults import fault_states
from benchmarks.gallery.findings import STAMP, Saying, findings_of, quiet, saying_of, unsure
from benchmarks.gallery.library import library_states
from benchmarks.gallery.report import report_states
from pe_models.findings import Verdict
from pe_models.imaging.read import read_volume
from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.scan import scan_path
from pe_models.imaging.volume import LoadedSlices
from pe_viewer.display.crosshair import middle_of_slice
from pe_viewer.display.looks import OverlaySettings, Tool, ViewTransform
from pe_viewer.display.planes import plane_through, side_kinds
from pe_viewer.display.presets import load_window_presets
from pe_viewer.display.recut import Recut
from pe_viewer.review import Decision, DecisionState, Ellipse, Length, RejectionReason, Review
from pe_viewer.services.thumbnails import thumbnail_of
from pe_viewer.state import Activity, ModelStatus, Phase, ReviewSnapshot

READY = ModelStatus(
    STAMP.name, STAMP.version, "phantoms", is_ready=True, device="cuda:0", sha256=STAMP.sha256
)
NO_MODEL = "The bundle 'pe-demo' was changed on disk after it was made: choose another one."
NO_MEMORY = (
    "The analysis stopped: the graphics memory is full. Close other programs or choose the CPU in "
    "the preferences, then analyse again."
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One CT that is open, and what is said of it."""

    opened: ReviewSnapshot
    saying: Saying

    def analysed(self, verdict: Verdict) -> ReviewSnapshot:
        opened = self.opened
        if opened.series is None or opened.volume is None:
            raise ValueError("nothing is open")
        findings, heatmaps = findings_of(opened.series, opened.volume, self.saying, verdict)
        return replace(opened, findings=findings, heatmaps=heatmaps)


def nothing_open() -> ReviewSnapshot:
    return ReviewSnapshot(
        presets=load_window_presets(),
        model=ModelStatus(),
        recent=(Path("/home/reader/studies/CTPA 2026-11-20"), Path("/media/disc/DICOMDIR")),
    )


def subject_of(folder: Path, truth: Path | None = None) -> Subject:
    """The best series below ``folder``, loaded; ``truth`` is a folder of phantoms' truth."""
    scan = scan_path(folder)
    study = scan.studies[0]
    series = study.series[0]
    volume = read_volume(series)
    n = volume.n_slices
    opened = replace(
        nothing_open(),
        model=READY,
        studies=scan.studies,
        skipped=scan.skipped,
        thumbnails={each.key: thumbnail_of(each) for each in study.series},
        study=study,
        series=series,
        geometry=volume.geometry,
        pixels=volume.hu,
        loaded=LoadedSlices.all_of(n),
        viewed=LoadedSlices(n).with_slices(range(n // 2 - 3, n)),
        volume=volume,
        slice_index=n // 2,
    )
    return Subject(opened, saying_of(series, volume, truth))


def states(subject: Subject) -> Mapping[str, ReviewSnapshot]:
    """Every state that the window is drawn in, by name."""
    nothing, opened = nothing_open(), subject.opened
    n = opened.n_slices
    half = LoadedSlices(n).with_slices(range(n // 3, n))
    loading = Activity(Phase.RUNNING, "Loading", 0.66)
    return {
        "nothing-open": nothing,
        "scan-failed": replace(nothing, scanning=failed("There is no DICOM image in that folder.")),
        "loading": replace(opened, loaded=half, volume=None, loading=loading, viewed=None),
        "slice-not-loaded": replace(
            opened, loaded=half, volume=None, loading=loading, slice_index=n // 4
        ),
        "not-analysed": opened,
        "no-gpu": replace(opened, model=replace(READY, device="cpu")),
        "no-model": replace(opened, model=replace(READY, is_ready=False, message=NO_MODEL)),
        "coarse": coarse(subject),
        "inverted": replace(opened, is_inverted=True),
        "failed": replace(opened, analysis=failed(NO_MEMORY)),
        "measured": measured(opened),
        **negative_states(subject),
        **positive_states(subject.analysed(Verdict.POSITIVE)),
        **second_reader_states(opened, subject.analysed(Verdict.POSITIVE)),
        **plane_states(opened, half),
        **fault_states(nothing, opened),
        **library_states(nothing, opened),
    }


def coarse(subject: Subject) -> ReviewSnapshot:
    """A first look at every fourth slice, and the analysis on its way."""
    scores = np.full(subject.opened.n_slices, np.nan, dtype=np.float32)
    scores[::4] = subject.saying.scores[::4]
    running = Activity(Phase.RUNNING, "Analysing", 0.41, seconds_left=12.0)
    return replace(subject.opened, analysis=running, coarse_scores=scores)


def measured(opened: ReviewSnapshot) -> ReviewSnapshot:
    n = opened.n_slices
    review = (
        Review()
        .with_measure(Length(n // 2, (200.0, 150.0), (230.0, 210.0)))
        .with_measure(Ellipse(n // 2, (250.0, 240.0), (280.0, 275.0)))
        .with_key_slice_toggled(n // 2)
    )
    return replace(opened, review=review, tool=Tool.ELLIPSE)


def negative_states(subject: Subject) -> dict[str, ReviewSnapshot]:
    """An analysis that flags nothing, and one that cannot say."""
    calm = replace(subject, saying=quiet(subject.saying))
    unclear = replace(subject, saying=unsure(subject.saying))
    return {
        "negative": calm.analysed(Verdict.NEGATIVE),
        "indeterminate": unclear.analysed(Verdict.INDETERMINATE),
    }


def positive_states(positive: ReviewSnapshot) -> dict[str, ReviewSnapshot]:
    """What the reader does with an analysis that flags; the report alone where it flags nothing."""
    if positive.findings is None or not positive.flags:
        return dict(report_states(reviewed(positive)))
    first = replace(positive, slice_index=positive.flags[0].peak)
    shown = OverlaySettings(is_visible=True)
    marked = next((p.slice_index for f in positive.flags for p in f.places), first.slice_index)
    return {
        "positive": first,
        "overlay": replace(first, overlay=shown, slice_index=marked),
        "reviewed": reviewed(positive),
        "threshold": replace(
            first,
            recut=Recut.at(positive.findings, 0.7),
            shows_raw_scores=True,
        ),
        "paint-count": replace(first, shows_paint_count=True),
        "turned": replace(
            first,
            overlay=replace(shown, least_share=0.25),
            view=ViewTransform(quarter_turns=1, is_mirrored=True),
            hides_identity=True,
        ),
        "zoomed": replace(first, view=ViewTransform(2.5, (260.0, 200.0))),
        **report_states(reviewed(positive)),
    }


def reviewed(positive: ReviewSnapshot) -> ReviewSnapshot:
    """One flag accepted, the last rejected with a comment, one finding of the reader's own.

    The reader's own alone, where nothing is flagged.
    """
    flags, own = positive.flags, positive.n_slices // 8
    review = Review().with_decision(Decision.added(own).reaching(own + 3))
    review = review.with_key_slice_toggled(own)
    if not flags:
        return replace(positive, review=review, slice_index=own)
    rejected = Decision.on_flag(flags[-1], DecisionState.REJECTED, RejectionReason.VEIN)
    review = (
        review.with_decision(Decision.on_flag(flags[0], DecisionState.ACCEPTED))
        .with_decision(rejected)
        .with_comment(rejected, "a vein that is half opacified")
        .with_key_slice_toggled(flags[0].peak)
    )
    return replace(
        positive, review=review, slice_index=flags[-1].peak, notice="Flag rejected: Vein"
    )


def second_reader_states(
    opened: ReviewSnapshot, positive: ReviewSnapshot
) -> dict[str, ReviewSnapshot]:
    """Before the lock, and after it."""
    first_read = Review().with_decision(Decision.added(opened.n_slices // 2))
    return {
        "second-reader": replace(
            opened,
            is_second_reader=True,
            withholds_model=True,
            review=first_read,
            analysis=Activity(Phase.DONE, fraction=1.0),
        ),
        "second-reader-locked": replace(
            positive,
            is_second_reader=True,
            review=replace(first_read, first_read=first_read.decisions),
            notice="First read locked",
        ),
    }


def plane_states(opened: ReviewSnapshot, half: LoadedSlices) -> dict[str, ReviewSnapshot]:
    """The layout with the other planes: thin, as slabs, and while slices are loading."""
    series, volume, pixels = opened.series, opened.volume, opened.pixels
    if series is None or volume is None or pixels is None:
        raise ValueError("nothing is open")
    loading = Activity(Phase.RUNNING, "Loading", 0.66)
    everything, partly = Voxels.of(volume), Voxels.loading(series, pixels, half)
    return {
        "planes": with_planes(opened, everything, THIN),
        "planes-mip": with_planes(opened, everything, Slab(10.0, Projection.MIP)),
        "planes-loading": with_planes(
            replace(opened, loaded=half, volume=None, loading=loading), partly, THIN
        ),
        "planes-none": replace(
            opened, shows_planes=True, planes_refusal="One slice alone has no other planes"
        ),
    }


def with_planes(opened: ReviewSnapshot, voxels: Voxels, slab: Slab) -> ReviewSnapshot:
    """The planes through the middle of the slice in view."""
    point_mm, geometry = middle_of_slice(voxels, opened.slice_index), voxels.geometry
    planes = {kind: plane_through(kind, geometry, point_mm) for kind in side_kinds(geometry)}
    reslices = {kind: reslice(voxels, plane, slab) for kind, plane in planes.items()}
    return replace(
        opened,
        shows_planes=True,
        voxels=voxels,
        crosshair_mm=point_mm,
        slab=slab,
        reslices=reslices,
    )


def failed(message: str) -> Activity:
    return Activity(Phase.FAILED, message=message)
