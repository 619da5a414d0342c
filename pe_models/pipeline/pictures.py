"""PicturePipeline: a Volume whose slices are judged one by one -> Findings of its task."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from pe_models.bundle import PictureBundle
from pe_models.errors import InputError
from pe_models.explain import picture_map
from pe_models.findings import (
    CLASS_ACTIVATION,
    Crop,
    ExamScore,
    Findings,
    Heatmap,
    Quality,
    SliceScore,
)
from pe_models.flagging import cut_flags
from pe_models.imaging.volume import Volume
from pe_models.nets.pictures.inference import picture_scores
from pe_models.nets.pictures.load import load_picture_net
from pe_models.orientation import InPlaneTurn
from pe_models.pictures import as_input, shrunk
from pe_models.pipeline.choosing import require_suitable
from pe_models.pipeline.device import choose_device, require_numbers, within_memory
from pe_models.pipeline.listening import Listening, OnCoarse, ignore_coarse
from pe_models.pipeline.pipeline import Analysis
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.quality import missing_slices_warning
from pe_models.tasks import task_for

_AT_ONCE: Final = 8
"""Slices between two looks at whether the run was cancelled."""
_FINEST_CELLS: Final = 256
"""Along the longer side, of the map of a picture that is no square."""


class PicturePipeline:
    """The net of one bundle on one device. One thread at a time."""

    def __init__(self, bundle: PictureBundle, device: str | torch.device = "auto") -> None:
        """Loads the net. Raises BundleError, or InputError where the device is not there."""
        self.bundle = bundle
        self.device = choose_device(device)
        self._task = task_for(bundle.task)
        self._net = load_picture_net(bundle, self.device)
        self._summary = bundle.labels.index(self._task.summary_label)

    @property
    def methods(self) -> tuple[str, ...]:
        """The maps that it can make."""
        return (CLASS_ACTIVATION,)

    def run(
        self,
        volume: Volume,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Findings:
        """Findings of ``volume``. Raises as ``analyze`` does."""
        return self.analyze(volume, on_progress=on_progress, cancel=cancel).findings

    def analyze(
        self,
        volume: Volume,
        *,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
        on_coarse: OnCoarse | None = None,
    ) -> Analysis:
        """Scores of every label, and maps for the summary label, of every slice.

        Raises RefusedError where ``volume`` does not show what the task is about, Cancelled,
        InputError where the device has too little memory, and BundleError where the net gives no
        numbers.
        """
        run = Listening(on_progress, cancel or CancelToken(), on_coarse or ignore_coarse)
        turn = InPlaneTurn.of(volume.geometry)
        with within_memory(self.device), run.timed("total"):
            run.report("localize", 0, 1)
            require_suitable(self._task, volume)
            turned = turn.turned(volume)
            with run.timed("slices"):
                small, scores = self._scored(turned, run)
            with run.timed("explain"):
                heatmaps = self._maps(turned, small, turn, run)
        findings = self._findings(volume, scores.astype(np.float64), run.timing_ms)
        return Analysis(findings, heatmaps)

    def explain(self, volume: Volume, slice_index: int, *, crop: Crop, method: str) -> Heatmap:
        """The map of one slice. Raises InputError for a slice or a method that does not exist."""
        if not 0 <= slice_index < volume.n_slices:
            raise InputError(f"There is no slice {slice_index}; the series has {volume.n_slices}.")
        if method not in self.methods:
            known = ", ".join(self.methods)
            raise InputError(f"There is no map called {method!r} here; there is {known}.")
        turn = InPlaneTurn.of(volume.geometry)
        turned = turn.turned(volume)
        small = shrunk(turned.hu[slice_index], volume.kind, self.bundle.spec.picture.px)
        with within_memory(self.device):
            return self._map(turned, small, slice_index, turn)

    def _scored(
        self, volume: Volume, run: Listening
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Shrunk slices (slice, px, px), and scores (slice, label)."""
        params, n_slices = self.bundle.spec.picture, volume.n_slices
        small = np.empty((n_slices, params.px, params.px), dtype=np.int16)
        scores = np.empty((n_slices, len(self.bundle.labels)), dtype=np.float32)
        for first in range(0, n_slices, _AT_ONCE):
            run.report("slices", first, n_slices)
            part = slice(first, min(first + _AT_ONCE, n_slices))
            small[part] = [shrunk(each, volume.kind, params.px) for each in volume.hu[part]]
            scores[part] = picture_scores(self._net, small[part], params, self.device)
            require_numbers(scores[part], self.bundle)
        run.report("slices", n_slices, n_slices)
        return small, scores

    def _maps(
        self, volume: Volume, small: NDArray[np.int16], turn: InPlaneTurn, run: Listening
    ) -> tuple[Heatmap, ...]:
        heatmaps = []
        for index, each in enumerate(small):
            run.report("explain", index, len(small))
            heatmaps.append(self._map(volume, each, index, turn))
        return tuple(heatmaps)

    def _map(
        self, volume: Volume, small: NDArray[np.int16], index: int, turn: InPlaneTurn
    ) -> Heatmap:
        """The map of a turned slice, as one of the stored slice."""
        x = as_input(torch.from_numpy(small[None]).to(self.device), self.bundle.spec.picture)
        values = picture_map(self._net, x, self._summary)
        _, rows, cols = volume.geometry.shape
        whole = Crop(0, rows, 0, cols)
        heatmap = Heatmap(index, _within_picture(values, rows, cols), whole, CLASS_ACTIVATION)
        return turn.stored_heatmap(heatmap, rows=rows, cols=cols)

    def _findings(
        self, volume: Volume, scores: NDArray[np.float64], timing_ms: Mapping[str, float]
    ) -> Findings:
        spec = self.bundle.spec
        threshold = spec.thresholds[self._task.summary_label]
        _, rows, cols = volume.geometry.shape
        missing = missing_slices_warning(volume)
        highest = {label: float(scores[:, k].max()) for k, label in enumerate(spec.labels)}
        return Findings(
            task=self._task.key,
            bundle=self.bundle.stamp(),
            study_uid=volume.origin.study_uid,
            series_uid=volume.origin.series_uid,
            spacing_mm=volume.geometry.spacing_mm,
            crop=Crop(0, rows, 0, cols),
            slices=tuple(
                SliceScore(
                    slice_index=index,
                    instance_number=stamp.instance_number,
                    frame_number=stamp.frame_number,
                    sop_instance_uid=stamp.sop_instance_uid,
                    position_mm=stamp.position_mm,
                    pe_score=None,
                    pe_score_raw=None,
                    scores=dict(zip(spec.labels, scores[index].tolist(), strict=True)),
                )
                for index, stamp in enumerate(volume.origin.slices)
            ),
            exam={label: ExamScore(value, value, value) for label, value in highest.items()},
            verdict=None,
            zone=None,
            flags=cut_flags(scores[:, self._summary], threshold),
            flag_threshold=threshold,
            quality=Quality(None, () if missing is None else (missing,)),
            device=str(self.device),
            timing_ms=timing_ms,
        )


def _within_picture(values: NDArray[np.float32], rows: int, cols: int) -> NDArray[np.float32]:
    """The cells over the picture, of a map over the square that it was padded to.

    A picture that is no square gets finer cells, so that its edges lie between two.
    """
    if rows == cols:
        return values
    side = max(rows, cols)
    fine = functional.interpolate(
        torch.from_numpy(values)[None, None], size=(side, side), mode="nearest"
    )[0, 0].numpy()
    top, left = (side - rows) // 2, (side - cols) // 2
    step = max(1, side // _FINEST_CELLS)
    inside: NDArray[np.float32] = fine[top : top + rows : step, left : left + cols : step]
    return np.ascontiguousarray(inside)
