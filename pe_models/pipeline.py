"""Volume -> Findings: survey, localizer, slices, sequence, judgement.

A function of its input: two runs on one CPU give equal Findings but for ``timing_ms``. This is the
only place that puts the nets to use, in float32 and inference mode.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models import quality
from pe_models.bundle import ModelBundle
from pe_models.calibration import sigmoid
from pe_models.errors import BundleError, InputError
from pe_models.explain import explain_members, mean_map, own_method, to_grid, within_crop
from pe_models.findings import Crop, Findings, Flag, Heatmap, Quality, SliceScore
from pe_models.heart.reading import read_heart
from pe_models.heart.trunk import measure_trunk
from pe_models.heart_findings import Point, RightHeart, Trunk
from pe_models.imaging.anatomy.lungs import LungMask, lung_box, segment_lungs
from pe_models.imaging.volume import Volume
from pe_models.judgement import Judgement, JudgementRules, judge
from pe_models.labels import EXAM_LABELS
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import slice_output
from pe_models.nets.kept_maps import KeptMaps
from pe_models.nets.load import SliceNet, load_heart_reader, load_nets
from pe_models.nets.localizer import union_crop
from pe_models.orientation import InPlaneTurn
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.exam_sides import side_evidence
from pe_models.placing.frame import chest_frame
from pe_models.placing.marking import with_places
from pe_models.placing.rules import GEOMETRY_ALONE
from pe_models.preprocess import (
    Framed,
    framed_sides,
    hu_tensor,
    localizer_inputs,
    localizer_slices,
    slice_inputs,
)
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.tasks import PE

COARSE_STEP: Final = 8
"""Every 8th slice goes first, so that a track can be drawn early."""

_BATCH_ON_CPU: Final = 4
_DENSE_BATCH_ON_CPU: Final = 2
"""Small, so that a cancel is heeded within half a second on one busy core."""
_BATCH_ON_CUDA: Final = 32

OnCoarse = Callable[[tuple[int, ...], tuple[float, ...]], None]
"""Called with slice indices and their early scores in [0, 1], before the sequence net."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Findings of one Volume, and for each of its slices the map that its score came from.

    ``evidence`` are the maps that places were found in, of the slices as the nets know them; None
    of nets without such maps.
    """

    findings: Findings
    heatmaps: tuple[Heatmap, ...]
    evidence: EvidenceMaps | None = None


class Pipeline:
    """The nets of one bundle on one device. One thread at a time."""

    def __init__(self, bundle: ModelBundle, device: str | torch.device = "auto") -> None:
        """Loads the nets. Raises BundleError, or InputError where the device is not there."""
        if bundle.task != PE.key or set(bundle.labels) != set(EXAM_LABELS):
            raise BundleError(
                f"Bundle {bundle.name} is made for the task {bundle.task!r}; only {PE.key!r}, with "
                f"its {len(EXAM_LABELS)} exam labels, can be analysed. Choose another bundle."
            )
        self.bundle = bundle
        self.device = choose_device(device)
        self._nets = load_nets(bundle, self.device)
        self._heart_reader = load_heart_reader(bundle, self.device)
        self._label_order = [bundle.labels.index(label) for label in EXAM_LABELS]
        self._place_rules = bundle.places or GEOMETRY_ALONE
        self._rules = JudgementRules(
            bundle.calibration,
            bundle.zones,
            bundle.flag_threshold,
            exam_sides=self._place_rules.exam_sides,
        )

    @property
    def slice_net(self) -> SliceNet:
        """The slice net, on the pipeline's device and out of training mode."""
        return self._nets.slice_classifier

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
        """Findings and maps of ``volume``.

        Raises RefusedError where it is not an axial chest CT, Cancelled soon after ``cancel`` is
        set, InputError where the device has too little memory, and BundleError where the nets give
        no numbers.
        """
        run = _Run(on_progress, cancel or CancelToken(), on_coarse or _ignore_coarse)
        turn = InPlaneTurn.of(volume.geometry)
        try:
            with torch.inference_mode(), run.timed("total"):
                found = self._find(turn.turned(volume), run)
        except torch.OutOfMemoryError as error:
            raise InputError(
                f"The memory of {self.device} does not hold this series. Close other programs "
                "that use it, or analyse on the CPU."
            ) from error
        stored = _stored(found, turn)
        findings = self._findings(volume, stored, run.timing_ms)
        return Analysis(findings, stored.heatmaps, found.evidence)

    def heart(self, volume: Volume, cancel: CancelToken | None = None) -> RightHeart | None:
        """What ``analyze`` says of the ventricles, alone and sooner. Raises as it does."""
        run = _Run(ignore_progress, cancel or CancelToken(), _ignore_coarse)
        turn = InPlaneTurn.of(volume.geometry)
        turned = turn.turned(volume)
        with torch.inference_mode():
            lungs, _ = _survey(turned, run)
            hu = hu_tensor(turned.hu).to(self.device)
            found = self._heart(turned, hu, self._localize(turned, hu, lungs), lungs, run)
        _, rows, cols = turned.geometry.shape
        return None if found is None else found.moved(_place_of(turn, rows=rows, cols=cols))

    def explain(self, volume: Volume, slice_index: int, *, crop: Crop, method: str) -> Heatmap:
        """One map by ``method``, over the ``crop`` of the Volume's Findings.

        Raises InputError for a slice or a method that does not exist.
        """
        if not 0 <= slice_index < volume.n_slices:
            raise InputError(f"There is no slice {slice_index}; the series has {volume.n_slices}.")
        _, stored_rows, stored_cols = volume.geometry.shape
        turn = InPlaneTurn.of(volume.geometry)
        turned = turn.turned(volume)
        turned_crop = turn.turned_crop(crop, rows=stored_rows, cols=stored_cols)
        hu = hu_tensor(turned.hu).to(self.device)
        heatmap = explain_members(
            self._slice_nets,
            self._slice_inputs(turned, hu, (slice_index,), turned_crop),
            slice_index=slice_index,
            crop=turned_crop,
            sides=self._sides(turned, turned_crop),
            method=method,
        )
        _, rows, cols = turned.geometry.shape
        return turn.stored_heatmap(heatmap, rows=rows, cols=cols)

    def _find(self, volume: Volume, run: "_Run") -> "_Found":
        """All that the nets say of a Volume whose slices lie as they know them."""
        with run.timed("localize"):
            lungs, measured = _survey(volume, run)
            hu = hu_tensor(volume.hu).to(self.device)
            crop = self._localize(volume, hu, lungs)
            run.report("localize", 3, 3)
        with run.timed("slices"):
            kept = KeptMaps()
            embeddings, grids = self._classify(volume, hu, crop, kept, run)
        with run.timed("sequence"):
            image_raw, exam_raw = self._follow(embeddings)
            evidence = self._evidence(volume, crop, lungs, kept)
            judgement = self._judged(image_raw, exam_raw, measured, evidence)
            run.report("sequence", 1, 1)
        with run.timed("explain"):
            heatmaps = self._heatmaps(volume, crop, grids)
        with run.timed("heart"):
            heart = self._heart(volume, hu, crop, lungs, run)
            trunk = measure_trunk(volume.hu, volume.geometry, lungs)
        shape_px = volume.geometry.shape[1:]
        return _Found(
            shape_px, crop, measured, image_raw, judgement, heatmaps, evidence, heart, trunk
        )

    def _heart(
        self, volume: Volume, hu: Tensor, crop: Crop, lungs: LungMask, run: "_Run"
    ) -> RightHeart | None:
        """The ventricles; None where the bundle has no net for them."""
        if self._heart_reader is None or self.bundle.heart is None or lungs.slice_range is None:
            return None
        maps = self._heart_reader.maps(
            hu,
            volume.geometry.spacing_mm,
            crop=crop,
            lung_slices=lungs.slice_range,
            cancel=run.cancel,
        )
        return read_heart(maps, volume.hu, self.bundle.heart.calibration)

    def _judged(
        self,
        image_raw: NDArray[np.float64],
        exam_raw: NDArray[np.float64],
        measured: Quality,
        evidence: EvidenceMaps | None,
    ) -> Judgement:
        """The judgement, and where the maps tell places, its flags with theirs."""
        if evidence is None:
            return judge(image_raw, exam_raw, quality=measured, rules=self._rules)
        sides = side_evidence(evidence, image_raw)
        judgement = judge(image_raw, exam_raw, quality=measured, rules=self._rules, sides=sides)
        flags = with_places(judgement.flags, evidence, self._place_rules)
        return replace(judgement, flags=flags)

    def _evidence(
        self, volume: Volume, crop: Crop, lungs: LungMask, kept: KeptMaps
    ) -> EvidenceMaps | None:
        """Maps of clots and vessels over ``crop``; None of nets that have none."""
        maps = kept.within(self._sides(volume, crop))
        if maps is None:
            return None
        return EvidenceMaps(*maps, crop, chest_frame(lungs, volume.geometry.spacing_mm))

    def _localize(self, volume: Volume, hu: Tensor, lungs: LungMask) -> Crop:
        """The Localizer's box, from a few slices that hold lung.

        It is joined with the box of the segmented lungs: a Localizer that errs, on a CT unlike
        those it was trained on, must not cut a clot away unseen.
        """
        params = self.bundle.preprocessing
        indices = localizer_slices(volume.n_slices, lungs.slice_range, params)
        boxes = self._nets.localizer(_channels_last(localizer_inputs(hu, indices, params)))
        _, rows, cols = volume.geometry.shape
        chosen = union_crop(boxes, rows=rows, cols=cols, margin=params.crop_margin)
        return chosen.joined(lung_box(lungs))

    def _classify(
        self, volume: Volume, hu: Tensor, crop: Crop, kept: KeptMaps, run: "_Run"
    ) -> tuple[list[Tensor], list[NDArray[np.float32]]]:
        """Embeddings (slice, embedding) of each member, and each slice's map (grid_row, grid_col).

        Every slice goes through every slice net itself, a coarse choice of them first. ``kept``
        takes what is kept of their other maps.
        """
        embeddings: list[dict[int, Tensor]] = [{} for _ in self._slice_nets]
        grids: dict[int, NDArray[np.float32]] = {}
        for indices in self._batches(volume.n_slices):
            run.cancel.raise_if_cancelled()
            x = self._slice_inputs(volume, hu, indices, crop)
            outputs = []
            for net, held in zip(self._slice_nets, embeddings, strict=True):
                run.cancel.raise_if_cancelled()
                outputs.append(slice_output(net, x))
                held.update(zip(indices, outputs[-1].embedding, strict=True))
            activation = mean_map([output.activation for output in outputs])
            grids.update(zip(indices, map(to_grid, activation), strict=True))
            kept.add(indices, [output.tissues for output in outputs])
            scores = np.mean([self._scores(output.logit) for output in outputs], axis=0)
            run.on_coarse(indices, tuple(scores.tolist()))
            run.report("slices", len(grids), volume.n_slices)
        order = range(volume.n_slices)
        stacked = [torch.stack([held[k] for k in order]) for held in embeddings]
        return stacked, [grids[k] for k in order]

    def _heatmaps(
        self, volume: Volume, crop: Crop, grids: Sequence[NDArray[np.float32]]
    ) -> tuple[Heatmap, ...]:
        sides, method = self._sides(volume, crop), own_method(self._nets.slice_classifier)
        return tuple(
            Heatmap(index, within_crop(grid, sides), crop, method)
            for index, grid in enumerate(grids)
        )

    @property
    def _slice_nets(self) -> tuple[SliceNet, ...]:
        return tuple(member.slice_classifier for member in self._nets.members)

    def _sides(self, volume: Volume, crop: Crop) -> tuple[Framed, Framed] | None:
        """How ``crop`` lies in the slice net's input."""
        return framed_sides(crop, volume.geometry.spacing_mm, self.bundle.preprocessing)

    def _slice_inputs(
        self, volume: Volume, hu: Tensor, indices: tuple[int, ...], crop: Crop
    ) -> Tensor:
        x = slice_inputs(
            hu,
            indices,
            crop=crop,
            spacing_mm=volume.geometry.spacing_mm,
            params=self.bundle.preprocessing,
        )
        return _channels_last(x)

    def _batches(self, n_slices: int) -> Iterator[tuple[int, ...]]:
        """Every index below ``n_slices`` once: every 8th first, then the rest."""
        size = self._batch_size()
        coarse = range(0, n_slices, COARSE_STEP)
        rest = [index for index in range(n_slices) if index % COARSE_STEP]
        for indices in (coarse, rest):
            for first in range(0, len(indices), size):
                yield tuple(indices[first : first + size])

    def _batch_size(self) -> int:
        if self.device.type == "cuda":
            return _BATCH_ON_CUDA
        is_dense = isinstance(self._nets.slice_classifier, DenseSliceNet)
        return _DENSE_BATCH_ON_CPU if is_dense else _BATCH_ON_CPU

    def _follow(
        self, embeddings: Sequence[Tensor]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Raw image (slice,) and exam (label, in the order of EXAM_LABELS) scores.

        The mean of the members', each of which reads its own ``embeddings``.
        """
        image, exam = [], []
        for member, features in zip(self._nets.members, embeddings, strict=True):
            lengths = torch.tensor([len(features)], device=self.device)
            output = member.sequence(features[None], lengths)
            image.append(self._scores(output.image_logit[0]))
            exam.append(self._scores(output.exam_logit[0]))
        return np.mean(image, axis=0), np.mean(exam, axis=0)[self._label_order]

    def _scores(self, logits: Tensor) -> NDArray[np.float64]:
        values = logits.double().numpy(force=True)
        if not np.isfinite(values).all():
            raise BundleError(
                f"The nets of bundle {self.bundle.name} give values that are no numbers; no "
                "findings were made. Get the bundle again or choose another."
            )
        return sigmoid(values)

    def _findings(self, volume: Volume, found: "_Found", timing_ms: dict[str, float]) -> Findings:
        """``found`` is of the slices as they are stored."""
        judgement = found.judgement
        return Findings(
            task=self.bundle.task,
            bundle=self.bundle.stamp(),
            study_uid=volume.origin.study_uid,
            series_uid=volume.origin.series_uid,
            spacing_mm=volume.geometry.spacing_mm,
            crop=found.crop,
            slices=_slice_scores(volume, judgement.image, found.image_raw),
            exam=judgement.exam,
            verdict=judgement.verdict,
            zone=judgement.zone,
            flags=judgement.flags,
            flag_threshold=self.bundle.flag_threshold,
            quality=found.quality,
            violations_before=judgement.violations_before,
            consistency_cost=judgement.consistency_cost,
            device=str(self.device),
            timing_ms=timing_ms,
            heart=found.heart,
            trunk=found.trunk,
        )


def choose_device(wanted: str | torch.device) -> torch.device:
    """``auto`` is CUDA where there is one, else the CPU. Raises InputError where it is missing."""
    has_cuda = torch.cuda.is_available()
    if wanted == "auto":
        return torch.device("cuda" if has_cuda else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and not has_cuda:
        raise InputError("There is no CUDA device here; use --device cpu or auto.")
    return device


def use_threads(n_threads: int) -> None:
    """How many threads the nets use in this process, from now on."""
    torch.set_num_threads(n_threads)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What came of one Volume, in pixels of its slices of ``shape_px``, turned ones at first."""

    shape_px: tuple[int, int]
    crop: Crop
    quality: Quality
    image_raw: NDArray[np.float64]
    judgement: Judgement
    heatmaps: tuple[Heatmap, ...]
    evidence: EvidenceMaps | None
    heart: RightHeart | None
    trunk: Trunk | None


@dataclass(slots=True, eq=False)
class _Run:
    """Who listens to one run, and what it took so far."""

    on_progress: OnProgress
    cancel: CancelToken
    on_coarse: OnCoarse
    timing_ms: dict[str, float] = field(default_factory=lambda: {"read": 0.0})

    def report(self, stage: str, done: int, total: int) -> None:
        """Raises Cancelled, so that a run stops between any two reports."""
        self.cancel.raise_if_cancelled()
        self.on_progress(Progress(stage, done, total))

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.timing_ms[stage] = 1000.0 * (time.perf_counter() - began)


def _survey(volume: Volume, run: _Run) -> tuple[LungMask, Quality]:
    """The lungs, and what the pixels say of the CT. Raises RefusedError where it is no chest."""
    run.report("localize", 0, 3)
    lungs = segment_lungs(volume.hu, volume.geometry)
    quality.refuse_unless_chest(volume, lungs)
    run.report("localize", 1, 3)
    measured = quality.assess(volume, lungs)
    run.report("localize", 2, 3)
    return lungs, measured


def _slice_scores(
    volume: Volume, image: NDArray[np.float64], image_raw: NDArray[np.float64]
) -> tuple[SliceScore, ...]:
    return tuple(
        SliceScore(
            slice_index=index,
            instance_number=stamp.instance_number,
            frame_number=stamp.frame_number,
            sop_instance_uid=stamp.sop_instance_uid,
            position_mm=stamp.position_mm,
            pe_score=score,
            pe_score_raw=raw,
            scores={PE.key: score},
        )
        for index, (stamp, score, raw) in enumerate(
            zip(volume.origin.slices, image.tolist(), image_raw.tolist(), strict=True)
        )
    )


def _stored(found: _Found, turn: InPlaneTurn) -> _Found:
    """What was found on turned slices, where the stored ones have it."""
    rows, cols = found.shape_px
    place_of = _place_of(turn, rows=rows, cols=cols)
    flags = tuple(_moved_flag(flag, place_of) for flag in found.judgement.flags)
    return replace(
        found,
        crop=turn.stored_crop(found.crop, rows=rows, cols=cols),
        judgement=replace(found.judgement, flags=flags),
        heatmaps=tuple(turn.stored_heatmap(h, rows=rows, cols=cols) for h in found.heatmaps),
        heart=None if found.heart is None else found.heart.moved(place_of),
        trunk=None if found.trunk is None else found.trunk.moved(place_of),
    )


def _place_of(turn: InPlaneTurn, *, rows: int, cols: int) -> Callable[[Point], Point]:
    """From a pixel of a turned slice of ``rows`` x ``cols`` to that of the stored one."""
    return lambda point: turn.stored_point(*point, rows=rows, cols=cols)


def _moved_flag(flag: Flag, place_of: Callable[[Point], Point]) -> Flag:
    places = []
    for place in flag.places:
        row, col = place_of((place.row, place.col))
        places.append(replace(place, row=row, col=col))
    return replace(flag, places=tuple(places))


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _ignore_coarse(slice_indices: tuple[int, ...], scores: tuple[float, ...]) -> None:
    pass
