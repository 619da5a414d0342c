"""What came of one Volume, on turned slices at first, then where the stored ones have it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models.bundle import ModelBundle
from pe_models.findings import Crop, Findings, Flag, Heatmap, Quality, SliceScore
from pe_models.heart_findings import Point, RightHeart, Trunk
from pe_models.imaging.volume import Volume
from pe_models.judgement import Judgement
from pe_models.orientation import InPlaneTurn
from pe_models.placing.evidence import EvidenceMaps
from pe_models.tasks import PE


@dataclass(frozen=True, slots=True, eq=False)
class Found:
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


def stored(found: Found, turn: InPlaneTurn) -> Found:
    """What was found on turned slices, where the stored ones have it."""
    rows, cols = found.shape_px
    place_of = stored_place(turn, rows=rows, cols=cols)
    flags = tuple(_moved_flag(flag, place_of) for flag in found.judgement.flags)
    return replace(
        found,
        crop=turn.stored_crop(found.crop, rows=rows, cols=cols),
        judgement=replace(found.judgement, flags=flags),
        heatmaps=tuple(turn.stored_heatmap(h, rows=rows, cols=cols) for h in found.heatmaps),
        heart=None if found.heart is None else found.heart.moved(place_of),
        trunk=None if found.trunk is None else found.trunk.moved(place_of),
    )


def stored_place(turn: InPlaneTurn, *, rows: int, cols: int) -> Callable[[Point], Point]:
    """From a pixel of a turned slice of ``rows`` x ``cols`` to that of the stored one."""
    return lambda point: turn.stored_point(*point, rows=rows, cols=cols)


def findings_of(
    volume: Volume,
    found: Found,
    *,
    bundle: ModelBundle,
    device: torch.device,
    timing_ms: dict[str, float],
) -> Findings:
    """``found`` is of the slices as they are stored."""
    judgement = found.judgement
    return Findings(
        task=bundle.task,
        bundle=bundle.stamp(),
        study_uid=volume.origin.study_uid,
        series_uid=volume.origin.series_uid,
        spacing_mm=volume.geometry.spacing_mm,
        crop=found.crop,
        slices=_slice_scores(volume, judgement.image, found.image_raw),
        exam=judgement.exam,
        verdict=judgement.verdict,
        zone=judgement.zone,
        flags=judgement.flags,
        flag_threshold=bundle.flag_threshold,
        quality=found.quality,
        violations_before=judgement.violations_before,
        consistency_cost=judgement.consistency_cost,
        device=str(device),
        timing_ms=timing_ms,
        heart=found.heart,
        trunk=found.trunk,
    )


def _moved_flag(flag: Flag, place_of: Callable[[Point], Point]) -> Flag:
    places = []
    for place in flag.places:
        row, col = place_of((place.row, place.col))
        places.append(replace(place, row=row, col=col))
    return replace(flag, places=tuple(places))


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
