"""Volume -> Findings: survey, localizer, slices, heart, sequence, judgement.

A function of its input: two runs on one CPU give equal Findings but for ``timing_ms``. This is the
only place that puts the nets to use, in float32 and inference mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models import quality
from pe_models.bundle import ModelBundle
from pe_models.errors import BundleError, InputError
from pe_models.explain import explain_members, methods, own_method, within_crop
from pe_models.findings import Crop, Findings, Heatmap, Quality
from pe_models.heart.reading import read_heart
from pe_models.heart.trunk import measure_trunk
from pe_models.heart_findings import RightHeart
from pe_models.imaging.anatomy.lungs import LungMask, segment_lungs
from pe_models.imaging.volume import Volume
from pe_models.judgement import Judgement, JudgementRules, judge
from pe_models.labels import EXAM_LABELS
from pe_models.nets.kept_maps import KeptMaps
from pe_models.nets.load import SliceNet, load_heart_reader
from pe_models.orientation import InPlaneTurn
from pe_models.pipeline.device import choose_device, within_memory
from pe_models.pipeline.found import Found, findings_of, stored, stored_place
from pe_models.pipeline.listening import Listening, OnCoarse, ignore_coarse
from pe_models.pipeline.nets_at_work import NetsAtWork
from pe_models.pipeline.one_slice import OneSliceReader
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.exam_sides import side_evidence
from pe_models.placing.frame import chest_frame
from pe_models.placing.marking import with_places
from pe_models.placing.rules import GEOMETRY_ALONE
from pe_models.preprocess import hu_tensor
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.tasks import PE


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
        self._at_work = NetsAtWork(bundle, self.device)
        self._heart_reader = load_heart_reader(bundle, self.device)
        self._place_rules = bundle.places or GEOMETRY_ALONE
        self._rules = JudgementRules(
            bundle.calibration,
            bundle.zones,
            bundle.flag_threshold,
            exam_sides=self._place_rules.exam_sides,
            strain=None if bundle.heart is None else bundle.heart.strain,
        )

    @property
    def methods(self) -> tuple[str, ...]:
        """The maps that it can make, its own first."""
        return methods(self.slice_net)

    @property
    def slice_net(self) -> SliceNet:
        """The slice net, on the pipeline's device and out of training mode."""
        return self._at_work.nets.slice_classifier

    @property
    def one_slice_reader(self) -> OneSliceReader:
        """What scores single slices and shows why, before the sequence net."""
        return self._at_work.one_slice_reader

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
        run = Listening(on_progress, cancel or CancelToken(), on_coarse or ignore_coarse)
        turn = InPlaneTurn.of(volume.geometry)
        with within_memory(self.device), torch.inference_mode(), run.timed("total"):
            found = self._find(turn.turned(volume), run)
        at_rest = stored(found, turn)
        findings = findings_of(
            volume, at_rest, bundle=self.bundle, device=self.device, timing_ms=run.timing_ms
        )
        return Analysis(findings, at_rest.heatmaps, found.evidence)

    def heart(self, volume: Volume, cancel: CancelToken | None = None) -> RightHeart | None:
        """What ``analyze`` says of the ventricles, alone and sooner. Raises as it does."""
        run = Listening(ignore_progress, cancel or CancelToken(), ignore_coarse)
        turn = InPlaneTurn.of(volume.geometry)
        turned = turn.turned(volume)
        with within_memory(self.device), torch.inference_mode():
            lungs, _ = _survey(turned, run)
            hu = hu_tensor(turned.hu).to(self.device)
            found = self._heart(turned, hu, self._at_work.localize(turned, hu, lungs), lungs, run)
        _, rows, cols = turned.geometry.shape
        return None if found is None else found.moved(stored_place(turn, rows=rows, cols=cols))

    def explain(self, volume: Volume, slice_index: int, *, crop: Crop, method: str) -> Heatmap:
        """One map by ``method``, over the ``crop`` of the Volume's Findings.

        Raises InputError for a slice or a method that does not exist, and as ``analyze`` does
        where the device has too little memory.
        """
        if not 0 <= slice_index < volume.n_slices:
            raise InputError(f"There is no slice {slice_index}; the series has {volume.n_slices}.")
        _, stored_rows, stored_cols = volume.geometry.shape
        turn = InPlaneTurn.of(volume.geometry)
        turned = turn.turned(volume)
        turned_crop = turn.turned_crop(crop, rows=stored_rows, cols=stored_cols)
        with within_memory(self.device):
            hu = hu_tensor(turned.hu).to(self.device)
            heatmap = self._explained(turned, hu, slice_index, turned_crop, method)
        _, rows, cols = turned.geometry.shape
        return turn.stored_heatmap(heatmap, rows=rows, cols=cols)

    def _explained(
        self, volume: Volume, hu: Tensor, slice_index: int, crop: Crop, method: str
    ) -> Heatmap:
        """Its own map is the Refiner's, where there is one; other methods look at the slice net."""
        at_work, sides = self._at_work, self._at_work.sides(volume, crop)
        if at_work.refines and method == own_method(self.slice_net):
            own = at_work.one_slice_reader.of(volume, hu, crop, slice_index)
            return Heatmap(slice_index, within_crop(own.read(own.x).maps[0], sides), crop, method)
        return explain_members(
            at_work.slice_nets,
            at_work.slice_inputs(volume, hu, (slice_index,), crop),
            slice_index=slice_index,
            crop=crop,
            sides=sides,
            method=method,
        )

    def _find(self, volume: Volume, run: Listening) -> Found:
        """All that the nets say of a Volume whose slices lie as they know them."""
        with run.timed("localize"):
            lungs, measured = _survey(volume, run)
            hu = hu_tensor(volume.hu).to(self.device)
            crop = self._at_work.localize(volume, hu, lungs)
            run.report("localize", 3, 3)
        with run.timed("slices"):
            kept = KeptMaps(for_refiner=self._at_work.refines)
            embeddings, grids = self._at_work.classify(volume, hu, crop, kept, run)
        with run.timed("heart"):
            heart = self._heart(volume, hu, crop, lungs, run)
            trunk = measure_trunk(volume.hu, volume.geometry, lungs)
        with run.timed("sequence"):
            image_raw, exam_raw = self._at_work.follow(embeddings)
            evidence = self._evidence(volume, crop, lungs, kept)
            judgement = self._judged(
                image_raw, exam_raw, measured=measured, evidence=evidence, heart=heart
            )
            run.report("sequence", 1, 1)
        with run.timed("explain"):
            heatmaps = self._heatmaps(volume, crop, grids)
        shape_px = volume.geometry.shape[1:]
        return Found(
            shape_px, crop, measured, image_raw, judgement, heatmaps, evidence, heart, trunk
        )

    def _heart(
        self, volume: Volume, hu: Tensor, crop: Crop, lungs: LungMask, run: Listening
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
        *,
        measured: Quality,
        evidence: EvidenceMaps | None,
        heart: RightHeart | None,
    ) -> Judgement:
        """The judgement, and where the maps tell places, its flags with theirs."""
        sides = None if evidence is None else side_evidence(evidence, image_raw)
        judgement = judge(
            image_raw, exam_raw, quality=measured, rules=self._rules, sides=sides, heart=heart
        )
        if evidence is None:
            return judgement
        flags = with_places(judgement.flags, evidence, self._place_rules)
        return replace(judgement, flags=flags)

    def _evidence(
        self, volume: Volume, crop: Crop, lungs: LungMask, kept: KeptMaps
    ) -> EvidenceMaps | None:
        """Maps of clots and vessels over ``crop``; None of nets that have none."""
        maps = kept.within(self._at_work.sides(volume, crop))
        if maps is None:
            return None
        return EvidenceMaps(*maps, crop, chest_frame(lungs, volume.geometry.spacing_mm))

    def _heatmaps(
        self, volume: Volume, crop: Crop, grids: Sequence[NDArray[np.float32]]
    ) -> tuple[Heatmap, ...]:
        sides, method = self._at_work.sides(volume, crop), own_method(self.slice_net)
        return tuple(
            Heatmap(index, within_crop(grid, sides), crop, method)
            for index, grid in enumerate(grids)
        )


def _survey(volume: Volume, run: Listening) -> tuple[LungMask, Quality]:
    """The lungs, and what the pixels say of the CT. Raises RefusedError where it is no chest."""
    run.report("localize", 0, 3)
    lungs = segment_lungs(volume.hu, volume.geometry)
    quality.refuse_unless_chest(volume, lungs)
    run.report("localize", 1, 3)
    measured = quality.assess(volume, lungs)
    run.report("localize", 2, 3)
    return lungs, measured
