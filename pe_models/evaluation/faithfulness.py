"""Do the maps show what raised the score? Five tests of a slice net against phantom truth.

Those that Arun et al. (Radiology: AI 2021;3:e200267) found saliency maps to fail, and deletion and
insertion (Petsiuk et al., BMVC 2018, arXiv 1806.07421). All compare a map over the whole input with
itself moved elsewhere, changed weights, or changed noise; nothing here knows what the net looks at.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pe_models.errors import DatasetError
from pe_models.evaluation.sources import KnownStudy
from pe_models.explain import own_map
from pe_models.findings import Crop
from pe_models.imaging.volume import Volume
from pe_models.nets.inference import slice_output
from pe_models.nets.load import SliceNet
from pe_models.pipeline import Pipeline
from pe_models.placing.peaks import NEAR_CLOT_MM
from pe_models.preprocess import hu_tensor, slice_inputs, windowed_stacks
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress

Floats = NDArray[np.float32]

SHARES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Of the input's cells, the hottest first: a segmental clot fills about a thousandth."""
NOISE_HU: Final = 10.0
_BLUR_PX: Final = 8.0
_SLICES_A_STUDY: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One slice with a clot: the net's input ``x`` (1, channel, row, col); the clot (row, col)."""

    x: Tensor
    clot: NDArray[np.bool_]
    pixel_mm: float


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Means over ``n_slices`` slices with a clot.

    ``deletion`` is the share of the logit (above that of the blurred slice) that is lost when the
    hottest cells are blurred, ``insertion`` the share that they bring back to the blurred slice;
    ``*_elsewhere`` the same with the map moved. ``pointing`` is the share of maps whose peak lies
    on a clot. ``randomised`` and ``repeated`` are rank correlations of the map with that of a net
    of random weights (should be near 0) and of the same slice under noise (should be near 1).
    """

    n_slices: int
    deletion: float
    deletion_elsewhere: float
    insertion: float
    insertion_elsewhere: float
    pointing: float
    randomised: float
    repeated: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def faithfulness(
    pipeline: Pipeline,
    studies: Iterable[KnownStudy],
    *,
    n_studies: int,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    seed: int = 0,
) -> Faithfulness:
    """The tests on up to four slices of each positive study, at the middle of its emboli.

    Raises DatasetError where no study has an embolus whose voxels are known, and Cancelled.
    """
    net, rng = pipeline.slice_net, np.random.default_rng(seed)
    stranger = randomised(net, seed)
    params = pipeline.bundle.preprocessing
    widths_hu = np.repeat([window.width_hu for window in params.windows], params.n_slices)
    noise_sd = (NOISE_HU / (widths_hu * params.std)).astype(np.float32)[:, None, None]
    found: list[tuple[float, ...]] = []
    for done, study in enumerate(studies, start=1):
        probes = probes_of(pipeline, study, cancel)
        found += [_tests(net, stranger, probe, noise_sd, rng) for probe in probes]
        on_progress(Progress("faithfulness", done, n_studies))
    if not found:
        raise DatasetError("No study here has an embolus whose place is known.")
    return Faithfulness(len(found), *(float(v) for v in np.mean(found, axis=0)))


def probes_of(
    pipeline: Pipeline, study: KnownStudy, cancel: CancelToken | None = None
) -> Iterator[Probe]:
    """Slices at the middle of the study's largest emboli, each once."""
    voxels = sorted(study.emboli or (), key=len, reverse=True)
    middles = dict.fromkeys(int(np.median(v[:, 0])) for v in voxels if len(v))
    if not middles:
        return
    crop = pipeline.run(study.volume, cancel=cancel).crop
    for index in list(middles)[:_SLICES_A_STUDY]:
        clot = np.zeros(study.volume.geometry.shape[1:], dtype=np.bool_)
        for v in voxels:
            here = v[v[:, 0] == index]
            clot[here[:, 1], here[:, 2]] = True
        probe = _probe(pipeline, study.volume, index, crop, clot)
        if probe.clot.any():
            yield probe


def _probe(
    pipeline: Pipeline, volume: Volume, index: int, crop: Crop, clot: NDArray[np.bool_]
) -> Probe:
    """The mask goes through the same crop and scale as the slice, as if it were bright."""
    params, spacing_mm = pipeline.bundle.preprocessing, volume.geometry.spacing_mm
    low, high = round(params.window.low_hu), round(params.window.high_hu)
    bright = torch.from_numpy(np.where(clot, high, low).astype(np.int16))[None]
    x = slice_inputs(
        hu_tensor(volume.hu), (index,), crop=crop, spacing_mm=spacing_mm, params=params
    )
    grey = windowed_stacks(bright, (0,), crop=crop, spacing_mm=spacing_mm, params=params)
    height_mm = (crop.row_max - crop.row_min) * spacing_mm[1]
    pixel_mm = params.pixel_mm or height_mm / params.input_px
    return Probe(x.to(pipeline.device), grey[0, params.reach].numpy() > 0.5, pixel_mm)


def _tests(
    net: SliceNet, stranger: SliceNet, probe: Probe, noise_sd: Floats, rng: np.random.Generator
) -> tuple[float, ...]:
    heat = own_map(net, probe.x)
    elsewhere = np.roll(heat, [int(rng.integers(n // 4, 3 * n // 4)) for n in heat.shape], (0, 1))
    blurred = blur(probe.x)
    noise = torch.from_numpy(rng.standard_normal(probe.x.shape, dtype=np.float32) * noise_sd)
    return (
        moved_share(net, probe.x, blurred, heat),
        moved_share(net, probe.x, blurred, elsewhere),
        moved_share(net, blurred, probe.x, heat),
        moved_share(net, blurred, probe.x, elsewhere),
        float(points_at(heat, probe)),
        rank_correlation(heat, own_map(stranger, probe.x)),
        rank_correlation(heat, own_map(net, probe.x + noise.to(probe.x.device))),
    )


def moved_share(net: SliceNet, begin: Tensor, end: Tensor, heat: Floats) -> float:
    """How far the logit goes from that of ``begin`` to ``end``'s, as the hottest cells change.

    The mean over SHARES of the cells of ``heat`` (grid_row, grid_col), as a share of the whole way
    in [0, 1]; 0 where there is no way to go.
    """
    n_cells = [max(1, round(share * heat.size)) for share in SHARES]
    order = np.argsort(-heat, axis=None, kind="stable")
    batch = torch.cat([begin, end, *(_mixed(begin, end, order[:n], heat.shape) for n in n_cells)])
    logits = slice_output(net, batch).logit.numpy(force=True).astype(np.float64)
    way = logits[1] - logits[0]
    if abs(way) < 1e-6:
        return 0.0
    return float(np.clip((logits[2:] - logits[0]) / way, 0.0, 1.0).mean())


def points_at(heat: Floats, probe: Probe) -> bool:
    """Whether the map's highest cell lies within NEAR_CLOT_MM of a clot."""
    row, col = np.unravel_index(int(np.argmax(heat)), heat.shape)
    cell_px = probe.clot.shape[0] / heat.shape[0]
    peak = (np.array([row, col]) + 0.5) * cell_px - 0.5
    away_px = np.linalg.norm(np.argwhere(probe.clot) - peak, axis=1).min()
    return bool((away_px - 0.5 * cell_px) * probe.pixel_mm <= NEAR_CLOT_MM)


def rank_correlation(a: Floats, b: Floats) -> float:
    """Spearman's, over all cells; 0 where one map is flat."""
    from scipy.stats import rankdata

    ranks = [rankdata(values, axis=None) for values in (a, b)]
    if min(float(np.ptp(r)) for r in ranks) == 0.0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def randomised(net: SliceNet, seed: int) -> SliceNet:
    """The same net with the weights that it began with, or others as random."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        other = copy.deepcopy(net)
        for module in other.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()
    return other.eval()


def blur(x: Tensor) -> Tensor:
    """``x`` (1, channel, row, col) without its details."""
    planes = x[0].numpy(force=True)
    soft = np.stack([cv2.GaussianBlur(plane, (0, 0), _BLUR_PX) for plane in planes])
    return torch.from_numpy(soft)[None].to(x.device)


def _mixed(begin: Tensor, end: Tensor, cells: NDArray[np.intp], shape: Sequence[int]) -> Tensor:
    """``begin`` with the pixels of ``cells`` (flat indices into ``shape``) from ``end``."""
    chosen = torch.zeros(int(np.prod(shape)), dtype=torch.bool)
    chosen[torch.from_numpy(cells.copy())] = True
    of_cells = chosen.reshape(1, 1, *shape).to(begin.device, torch.float32)
    mask = nn.functional.interpolate(of_cells, size=begin.shape[2:], mode="nearest")
    return begin + (end - begin) * mask
