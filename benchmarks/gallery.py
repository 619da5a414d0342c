"""Pictures of the window in every state it is drawn in, from one CT and hand-made Findings.

    python benchmarks/gallery.py [FOLDER] [--out DIR] [--size 1600x1000 ...] [--only NAME ...]

Nothing runs: each picture is one snapshot of the state, so that states that are hard to reach (a
failed job, a coarse pass) can be looked at as easily as the others. For the guide use a phantom.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from _gallery_faults import fault_states
from _subject import ROOT, add_folder, folder_or_phantom
from PySide6.QtWidgets import QApplication

from pe_models import labels
from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    Quality,
    QualityCode,
    QualityWarning,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.imaging.read import read_volume
from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Series
from pe_models.imaging.volume import LoadedSlices, Volume
from pe_viewer.app import make_application, make_views
from pe_viewer.display.crosshair import middle_of_slice
from pe_viewer.display.looks import OverlaySettings, Tool, ViewTransform
from pe_viewer.display.planes import plane_through, side_kinds
from pe_viewer.display.presets import load_window_presets
from pe_viewer.display.recut import Recut
from pe_viewer.main_window import MainWindow
from pe_viewer.review import Decision, DecisionState, Ellipse, Length, RejectionReason, Review
from pe_viewer.services.thumbnails import thumbnail_of
from pe_viewer.state import Activity, ModelStatus, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet

STAMP = BundleStamp("pe-demo", "1.0.0", "0" * 64, "phantoms", "phantoms")
READY = ModelStatus("pe-demo", "1.0.0", "phantoms", is_ready=True, device="cpu")
REASON = "Pulmonary trunk at 96 HU; at least 200 HU is needed to exclude embolism."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--out", type=Path, default=ROOT / "cohorts" / "gallery")
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT in px")
    parser.add_argument("--only", action="append", help="a state's name")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    application = make_application()
    for name, snapshot in states(folder_or_phantom(args.folder)).items():
        if args.only and name not in args.only:
            continue
        for size in args.size or ["1600x1000"]:
            width, height = (int(part) for part in size.split("x"))
            picture(application, snapshot, width, height, args.out / f"{name}-{size}.png")


def picture(
    application: QApplication, snapshot: ReviewSnapshot, width: int, height: int, path: Path
) -> None:
    """Draws one snapshot as the window would come to it: from nothing open, by an update."""
    state = ReviewState()
    action_set = ActionSet(state)
    views = make_views(state, action_set)
    window = MainWindow(state, views, action_set)
    window.resize(width, height)
    window.show()
    shown = replace(snapshot, shows_browser=snapshot.shows_browser and width > 1280)
    state.update(**{name: getattr(shown, name) for name in shown.__dataclass_fields__})
    for _ in range(3):
        application.processEvents()
    window.grab().save(str(path))
    for state_name, sheet in (
        ("nothing-open", views.shortcut_sheet),
        ("assumed", views.series_sheet),
        ("skipped-files", views.skipped_sheet),
    ):
        if path.name.startswith(state_name):
            sheet.show()
            application.processEvents()
            sheet.grab().save(str(path.with_name(f"{state_name}-sheet.png")))
            sheet.close()
    window.close()
    window.deleteLater()


def states(folder: Path) -> Mapping[str, ReviewSnapshot]:
    """Every state that the window is drawn in, by name."""
    scan = scan_path(folder)
    study = scan.studies[0]
    series = study.series[0]
    volume = read_volume(series)
    n = volume.n_slices
    nothing = ReviewSnapshot(
        presets=load_window_presets(),
        model=replace(READY, is_ready=False, message=""),
        recent=(Path("/home/reader/studies/CTPA 2026-11-20"), Path("/media/disc/DICOMDIR")),
    )
    opened = replace(
        nothing,
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
    half = LoadedSlices(n).with_slices(range(n // 3, n))
    loading = Activity(Phase.RUNNING, "Loading", 0.66)
    coarse = np.full(n, np.nan, dtype=np.float32)
    coarse[::4] = curve(n)[::4]
    analysing = Activity(Phase.RUNNING, "Analysing", 0.41, seconds_left=12.0)
    positive = replace(opened, **analysed(series, volume, curve(n), Verdict.POSITIVE))
    flags = positive.flags
    review = Review().with_decision(Decision.on_flag(flags[0], DecisionState.ACCEPTED))
    rejected = Decision.on_flag(flags[1], DecisionState.REJECTED, RejectionReason.VEIN)
    review = review.with_decision(rejected)
    review = review.with_decision(Decision.added(n // 5).reaching(n // 5 + 3))
    review = review.with_comment(rejected, "a vein that is half opacified")
    for key_slice in (flags[0].peak, n // 5):
        review = review.with_key_slice_toggled(key_slice)
    quiet = curve(n) * 0.05
    return {
        "nothing-open": nothing,
        "scan-failed": replace(nothing, scanning=failed("There is no DICOM image in that folder.")),
        "loading": replace(opened, loaded=half, volume=None, loading=loading, viewed=None),
        "slice-not-loaded": replace(
            opened, loaded=half, volume=None, loading=loading, slice_index=n // 4
        ),
        "not-analysed": opened,
        "coarse": replace(opened, analysis=analysing, coarse_scores=coarse),
        "negative": replace(opened, **analysed(series, volume, quiet, Verdict.NEGATIVE)),
        "positive": positive,
        "overlay": replace(
            positive, slice_index=flags[0].peak, overlay=OverlaySettings(is_visible=True)
        ),
        "reviewed": replace(
            positive, review=review, slice_index=flags[1].peak, notice="Flag rejected: Vein"
        ),
        "indeterminate": replace(
            opened, **analysed(series, volume, quiet, Verdict.INDETERMINATE), is_inverted=True
        ),
        "failed": replace(
            opened,
            analysis=failed(
                "The analysis stopped: the graphics memory is full. Close other programs or "
                "choose the CPU in the settings, then press Ctrl+R."
            ),
        ),
        "threshold": replace(
            positive,
            recut=Recut.at(positive.findings, 0.05),
            shows_raw_scores=True,
            shows_paint_count=True,
        ),
        "second-reader": replace(
            opened,
            is_second_reader=True,
            withholds_model=True,
            review=Review().with_decision(Decision.added(n // 2)),
            analysis=Activity(Phase.DONE, fraction=1.0),
        ),
        "turned": replace(
            positive,
            slice_index=flags[0].peak,
            overlay=OverlaySettings(is_visible=True, least_share=0.25),
            view=ViewTransform(quarter_turns=1, is_mirrored=True),
            hides_identity=True,
        ),
        "measured": replace(
            opened,
            review=Review()
            .with_measure(Length(n // 2, (200.0, 150.0), (230.0, 210.0)))
            .with_measure(Ellipse(n // 2, (250.0, 240.0), (280.0, 275.0)))
            .with_key_slice_toggled(n // 2),
            tool=Tool.ELLIPSE,
        ),
        "zoomed": replace(positive, view=ViewTransform(2.5, (260.0, 200.0))),
        **plane_states(opened, half),
        **fault_states(nothing, opened),
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


def curve(n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Scores (slice,) with two runs, one of them on a single slice."""
    at = np.arange(n)
    noise = 0.06 * np.random.default_rng(0).random(n)
    broad = 0.9 * np.exp(-(((at - 0.6 * n) / (0.03 * n)) ** 2))
    single = np.where(at == int(0.35 * n), 0.58, 0.0)
    return np.clip(noise + broad + single, 0.0, 0.97)


def analysed(
    series: Series, volume: Volume, scores: np.ndarray[Any, Any], verdict: Verdict
) -> dict[str, Any]:
    """The fields of a snapshot that an analysis fills."""
    threshold = 0.4
    rows, cols = volume.geometry.shape[1:]
    crop = Crop(rows // 6, rows * 5 // 6, cols // 8, cols * 7 // 8)
    above = np.flatnonzero(scores >= threshold)
    runs = np.split(above, np.flatnonzero(np.diff(above) > 1) + 1) if len(above) else []
    flags = tuple(
        Flag(int(r[0]), int(r[np.argmax(scores[r])]), int(r[-1]), float(scores[r].max()), ("left",))
        for r in reversed(runs)
    )
    warnings = (QualityWarning(QualityCode.NOT_OPACIFIED, REASON),)
    exam = {
        label: ExamScore(raw, 0.9 * raw, round(raw))
        for label, raw in zip(
            labels.EXAM_LABELS, (0.06, 0.02, 0.1, 0.05, 0.41, 0.35, 0.88, 0.7, 0.2), strict=True
        )
    }
    findings = Findings(
        task="pe",
        bundle=STAMP,
        study_uid=series.study_uid,
        series_uid=series.series_uid,
        spacing_mm=volume.geometry.spacing_mm,
        crop=crop,
        slices=tuple(
            SliceScore(
                k, s.instance_number, None, s.sop_instance_uid, s.position_mm, float(p), float(p),
                {"pe": float(p)},
            )
            for k, (s, p) in enumerate(zip(volume.origin.slices, scores, strict=True))
        ),
        exam=exam,
        verdict=verdict,
        zone=Zone.POSITIVE if verdict is Verdict.POSITIVE else Zone.UNCERTAIN,
        flags=flags,
        flag_threshold=threshold,
        quality=Quality(96.0, warnings) if verdict is Verdict.INDETERMINATE else Quality(342.0),
    )  # fmt: skip
    grid = np.full((9, 9), -2.0, dtype=np.float32)
    grid[4:6, 5:7] = 26.0
    return {
        "findings": findings,
        "heatmaps": tuple(Heatmap(f.peak, grid, crop) for f in flags),
    }


if __name__ == "__main__":
    main()
