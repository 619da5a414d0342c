"""Do the maps show what raised a slice's score? Five tests against phantom truth.

Those that Arun et al. (Radiology: AI 2021;3:e200267) found saliency maps to fail, and deletion and
insertion (Petsiuk et al., BMVC 2018, arXiv 1806.07421). All compare a map over the whole input with
itself moved elsewhere, changed weights, or changed noise; nothing here knows what the nets look at.
Map and score are those that the sequence net is given: of the slice net, or of the Refiner over it.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, TypeVar

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pe_models.bundle import Preprocessing
from pe_models.errors import DatasetError
from pe_models.evaluation.sources import KnownStudy
from pe_models.findings import Crop
from pe_models.imaging.volume import Volume
from pe_models.nets.inference import SliceReader
from pe_models.nets.refining import RefinerReader
from pe_models.pipeline import Pipeline
from pe_models.pipeline.one_slice import OneSlice, OneSliceReader
from pe_models.placing.peaks import NEAR_CLOT_MM
from pe_models.preprocess import hu_tensor, windowed_stacks
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress

Floats = NDArray[np.float32]
Net = TypeVar("Net", bound=nn.Module)

SHARES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Of the input's cells, the hottest first: a segmental clot fills about a thousandth."""
NOISE_HU: Final = 10.0
_BLUR_PX: Final = 8.0
_SLICES_A_STUDY: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One slice with a clot (row, col) over its whole input, as nets and others, ``strange`` to
    it, read it.
    """

    own: OneSlice
    strange: OneSlice
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
    rng, stranger = np.random.default_rng(seed), randomised(pipeline.one_slice_reader, seed)
    params = pipeline.bundle.preprocessing
    found: list[tuple[float, ...]] = []
    for done, study in enumerate(studies, start=1):
        probes = probes_of(pipeline, study, stranger, cancel)
        found += [_tests(probe, noise_sd(probe.own, params), rng) for probe in probes]
        on_progress(Progress("faithfulness", done, n_studies))
    if not found:
        raise DatasetError("No study here has an embolus whose place is known.")
    return Faithfulness(len(found), *(float(v) for v in np.mean(found, axis=0)))


def probes_of(
    pipeline: Pipeline,
    study: KnownStudy,
    stranger: OneSliceReader,
    cancel: CancelToken | None = None,
) -> Iterator[Probe]:
    """Slices at the middle of the study's largest emboli, each once."""
    voxels = sorted(study.emboli or (), key=len, reverse=True)
    middles = dict.fromkeys(int(np.median(v[:, 0])) for v in voxels if len(v))
    if not middles:
        return
    volume, crop = study.volume, pipeline.run(study.volume, cancel=cancel).crop
    hu = hu_tensor(volume.hu).to(pipeline.device)
    for index in list(middles)[:_SLICES_A_STUDY]:
        clot = np.zeros(volume.geometry.shape[1:], dtype=np.bool_)
        for v in voxels:
            here = v[v[:, 0] == index]
            clot[here[:, 1], here[:, 2]] = True
        within, pixel_mm = _within(pipeline, volume, crop, clot)
        if within.any():
            own, strange = (
                reader.of(volume, hu, crop, index)
                for reader in (pipeline.one_slice_reader, stranger)
            )
            yield Probe(own, strange, within, pixel_mm)


def _within(
    pipeline: Pipeline, volume: Volume, crop: Crop, clot: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], float]:
    """The mask over the nets' input, and its mm a pixel.

    It goes through the same crop and scale as the slice, as if it were bright.
    """
    params, spacing_mm = pipeline.bundle.preprocessing, volume.geometry.spacing_mm
    low, high = round(params.window.low_hu), round(params.window.high_hu)
    bright = torch.from_numpy(np.where(clot, high, low).astype(np.int16))[None]
    grey = windowed_stacks(bright, (0,), crop=crop, spacing_mm=spacing_mm, params=params)
    height_mm = (crop.row_max - crop.row_min) * spacing_mm[1]
    pixel_mm = params.pixel_mm or height_mm / params.input_px
    return grey[0, params.reach].numpy() > 0.5, pixel_mm


def noise_sd(own: OneSlice, params: Preprocessing) -> Floats:
    """NOISE_HU in the units of each plane of its input: (channel, 1, 1)."""
    of_net = [
        window.width_hu * params.std for window in params.windows for _ in range(params.n_slices)
    ]
    of_refiner = [] if own.grey_width_hu is None else [own.grey_width_hu]
    return (NOISE_HU / np.array(of_net + of_refiner, dtype=np.float32))[:, None, None]


def _tests(probe: Probe, noise_sd: Floats, rng: np.random.Generator) -> tuple[float, ...]:
    own, x = probe.own, probe.own.x
    heat = own.read(x).maps[0]
    elsewhere = np.roll(heat, [int(rng.integers(n // 4, 3 * n // 4)) for n in heat.shape], (0, 1))
    blurred = blur(x)
    noise = torch.from_numpy(rng.standard_normal(x.shape, dtype=np.float32) * noise_sd)
    return (
        moved_share(own, x, blurred, heat),
        moved_share(own, x, blurred, elsewhere),
        moved_share(own, blurred, x, heat),
        moved_share(own, blurred, x, elsewhere),
        float(points_at(heat, probe)),
        rank_correlation(heat, probe.strange.read(probe.strange.x).maps[0]),
        rank_correlation(heat, own.read(x + noise.to(x.device)).maps[0]),
    )


def moved_share(own: OneSlice, begin: Tensor, end: Tensor, heat: Floats) -> float:
    """How far the logit goes from that of ``begin`` to ``end``'s, as the hottest cells change.

    The mean over SHARES of the cells of ``heat`` (grid_row, grid_col), as a share of the whole way
    in [0, 1]; 0 where there is no way to go.
    """
    n_cells = [max(1, round(share * heat.size)) for share in SHARES]
    order = np.argsort(-heat, axis=None, kind="stable")
    batch = torch.cat([begin, end, *(_mixed(begin, end, order[:n], heat.shape) for n in n_cells)])
    logits = own.read(batch).logit.astype(np.float64)
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


def randomised(reader: OneSliceReader, seed: int) -> OneSliceReader:
    """The same nets with the weights that they began with, or others as random."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net, refiner = _random(reader.reader.net), reader.refiner
        if refiner is not None:
            refiner = replace(refiner, reader=RefinerReader(_random(refiner.reader.net)))
    return replace(reader, reader=SliceReader(net), refiner=refiner)


def _random(net: Net) -> Net:
    other = copy.deepcopy(net)
    for module in other.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear | nn.BatchNorm2d | nn.BatchNorm3d):
            module.reset_parameters()
    other.eval()
    return other


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
