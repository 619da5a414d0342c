"""NetsAtWork: what the nets of a bundle say of a Volume whose slices lie as they know them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.bundle import ModelBundle
from pe_models.calibration import sigmoid
from pe_models.explain import maps_over_input, mean_map
from pe_models.findings import Crop
from pe_models.imaging.anatomy.lungs import LungMask, lung_box
from pe_models.imaging.volume import Volume
from pe_models.labels import EXAM_LABELS
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import SliceReader, inferred
from pe_models.nets.kept_maps import KeptMaps
from pe_models.nets.load import SliceNet, load_nets
from pe_models.nets.localizer import union_crop
from pe_models.nets.slice_output import SliceOutput
from pe_models.pipeline.device import require_numbers
from pe_models.pipeline.listening import Listening
from pe_models.pipeline.one_slice import OneSliceReader
from pe_models.pipeline.refining import RefinerAtWork
from pe_models.preprocess import (
    Framed,
    framed_sides,
    localizer_inputs,
    localizer_slices,
    slice_inputs,
)

COARSE_STEP: Final = 8
"""Every 8th slice goes first, so that a track can be drawn early."""
_BATCH_ON_CPU: Final = 4
_DENSE_BATCH_ON_CPU: Final = 2
"""Small, so that a cancel is heeded within half a second on one busy core."""
_BATCH_ON_CUDA: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """What the nets say of the slices so far, by slice: the ``embeddings`` of each member, and the
    maps (grid_row, grid_col) that are shown.
    """

    embeddings: tuple[dict[int, Tensor], ...]
    grids: dict[int, NDArray[np.float32]]

    def in_order(self) -> tuple[list[Tensor], list[NDArray[np.float32]]]:
        """Embeddings (slice, embedding) of each member, and each slice's map."""
        order = range(len(self.grids))
        stacked = [torch.stack([held[k] for k in order]) for held in self.embeddings]
        return stacked, [self.grids[k] for k in order]


class NetsAtWork:
    """The nets of one bundle on one device. One thread at a time."""

    def __init__(self, bundle: ModelBundle, device: torch.device) -> None:
        """Loads the nets. Raises BundleError."""
        self._bundle, self._device = bundle, device
        self.nets = load_nets(bundle, device)
        self._readers = tuple(SliceReader.of(net) for net in self.slice_nets)
        self._refiner = RefinerAtWork.of(self.nets, bundle)
        self._label_order = [bundle.labels.index(label) for label in EXAM_LABELS]

    @property
    def refines(self) -> bool:
        """Whether a Refiner goes over the slice net's maps."""
        return self._refiner is not None

    @property
    def slice_nets(self) -> tuple[SliceNet, ...]:
        return tuple(member.slice_classifier for member in self.nets.members)

    def localize(self, volume: Volume, hu: Tensor, lungs: LungMask) -> Crop:
        """The Localizer's box, from a few slices that hold lung.

        It is joined with the box of the segmented lungs: a Localizer that errs, on a CT unlike
        those it was trained on, must not cut a clot away unseen.
        """
        params = self._bundle.preprocessing
        indices = localizer_slices(volume.n_slices, lungs.slice_range, params)
        boxes = self.nets.localizer(_channels_last(localizer_inputs(hu, indices, params)))
        _, rows, cols = volume.geometry.shape
        chosen = union_crop(boxes, rows=rows, cols=cols, margin=params.crop_margin)
        return chosen.joined(lung_box(lungs))

    def classify(
        self, volume: Volume, hu: Tensor, crop: Crop, kept: KeptMaps, run: Listening
    ) -> tuple[list[Tensor], list[NDArray[np.float32]]]:
        """Embeddings (slice, embedding) of each member, and each slice's map (grid_row, grid_col).

        Every slice goes through every slice net itself, a coarse choice of them first, and their
        maps then through the Refiner, where there is one. ``kept`` takes what is kept of them.
        """
        said = _Said(tuple({} for _ in self.slice_nets), {})

        def read(indices: tuple[int, ...]) -> tuple[tuple[int, ...], Tensor, list[SliceOutput]]:
            x = self.slice_inputs(volume, hu, indices, crop)
            outputs = []
            for reader in self._readers:
                run.cancel.raise_if_cancelled()
                outputs.append(reader(x))
            return indices, x, outputs

        n_at_once = max(reader.n_at_once for reader in self._readers)
        batches = self._batches(volume.n_slices)
        for indices, x, outputs in inferred(read, batches, n_at_once=n_at_once, cancel=run.cancel):
            for output, held in zip(outputs, said.embeddings, strict=True):
                held.update(zip(indices, output.embedding, strict=True))
            activation = mean_map([output.activation for output in outputs])
            maps = maps_over_input(self.nets.slice_classifier, activation, x)
            said.grids.update(zip(indices, maps, strict=True))
            kept.add(indices, [output.tissues for output in outputs])
            scores = np.mean([self._scores(output.logit) for output in outputs], axis=0)
            run.on_coarse(indices, tuple(scores.tolist()))
            run.report("slices", len(said.grids), volume.n_slices)
        if self._refiner is not None:
            n_refined = 0
            for part in self._refiner.over_study(volume, hu, crop, kept, run.cancel):
                for index, added in zip(part.indices, part.description, strict=True):
                    said.embeddings[0][index] = torch.cat([said.embeddings[0][index], added])
                maps = self._refiner.framed(volume, crop, part.activation)
                said.grids.update(zip(part.indices, maps, strict=True))
                n_refined += len(part.indices)
                run.report("refine", n_refined, volume.n_slices)
        return said.in_order()

    def follow(
        self, embeddings: Sequence[Tensor]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Raw image (slice,) and exam (label, in the order of EXAM_LABELS) scores.

        The mean of the members', each of which reads its own ``embeddings``.
        """
        image, exam = [], []
        for member, features in zip(self.nets.members, embeddings, strict=True):
            lengths = torch.tensor([len(features)], device=self._device)
            output = member.sequence(features[None], lengths)
            image.append(self._scores(output.image_logit[0]))
            exam.append(self._scores(output.exam_logit[0]))
        return np.mean(image, axis=0), np.mean(exam, axis=0)[self._label_order]

    def sides(self, volume: Volume, crop: Crop) -> tuple[Framed, Framed] | None:
        """How ``crop`` lies in the slice net's input."""
        return framed_sides(crop, volume.geometry.spacing_mm, self._bundle.preprocessing)

    def slice_inputs(
        self, volume: Volume, hu: Tensor, indices: tuple[int, ...], crop: Crop
    ) -> Tensor:
        x = slice_inputs(
            hu,
            indices,
            crop=crop,
            spacing_mm=volume.geometry.spacing_mm,
            params=self._bundle.preprocessing,
        )
        return _channels_last(x)

    @property
    def one_slice_reader(self) -> OneSliceReader:
        """The first slice net, and the Refiner where there is one, for single slices."""
        return OneSliceReader(self._readers[0], self._refiner, self._bundle.preprocessing)

    def _batches(self, n_slices: int) -> Iterator[tuple[int, ...]]:
        """Every index below ``n_slices`` once: every 8th first, then the rest."""
        size = self._batch_size()
        coarse = range(0, n_slices, COARSE_STEP)
        rest = [index for index in range(n_slices) if index % COARSE_STEP]
        for indices in (coarse, rest):
            for first in range(0, len(indices), size):
                yield tuple(indices[first : first + size])

    def _batch_size(self) -> int:
        if self._device.type == "cuda":
            return _BATCH_ON_CUDA
        is_dense = isinstance(self.nets.slice_classifier, DenseSliceNet)
        return _DENSE_BATCH_ON_CPU if is_dense else _BATCH_ON_CPU

    def _scores(self, logits: Tensor) -> NDArray[np.float64]:
        values = logits.double().numpy(force=True)
        require_numbers(values, self._bundle)
        return sigmoid(values)


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)
