"""The slice stage of data that say of a slice whether it shows PE."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pe_models import metrics
from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.nets.inference import SliceReader
from pe_models.nets.load import SliceNet
from pe_models.parallel import background_threads
from pe_models.preprocess import (
    hu_tensor,
    neighbours,
    normalise,
    windowed_stacks,
)
from pe_models.training.answers.predict import slice_logits
from pe_models.training.batches.ahead import Ahead
from pe_models.training.batches.augment import Draws, augment
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.batches.samplers import (
    StratifiedSampler,
    balanced_slices,
    every_slice,
    step_generator,
)
from pe_models.training.config.run import SliceSampling, TrainConfig
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS
from pe_models.training.losses.labels import mean_known_bce
from pe_models.training.store import Store, StudyRecord

MOST_THREADS: Final = 8
_MEASURED_STEP: Final = 3
"""Every third held-out slice is measured while slices are trained: neighbours say the same."""


class SliceStage:
    """2.5-D stacks inside the predicted crop against the image label, by cross-entropy.

    Threads read what the next steps need; windowing and resizing are the device's. To be closed.
    """

    name = "slice"

    def __init__(
        self,
        net: SliceNet,
        store: Store,
        *,
        train: Sequence[StudyRecord],
        held_out: Sequence[StudyRecord],
        crops: Mapping[str, Crop],
        config: TrainConfig,
        device: torch.device,
        parts: Sequence[Part] = (WHOLE,),
    ) -> None:
        self.net: nn.Module = net
        self._store, self._config, self._device, self._crops = store, config, device, crops
        self._train, self._held_out, self._parts = train, held_out, tuple(parts)
        self._ends = np.cumsum([study.n_slices for study in train])
        self._labels = np.concatenate([study.image_labels() for study in train])
        has_pe = np.concatenate([np.full(s.n_slices, s.has_pe is True) for s in train])
        if not (self._labels == 1).any() or not (self._labels == 0).any():
            raise DatasetError("The slices to train on are all of one class.")
        strata = {
            SliceSampling.BALANCED: lambda: balanced_slices(self._labels, has_pe),
            SliceSampling.EVERY: lambda: every_slice(self._labels),
        }[config.slice_sampling]()
        self._sampler = StratifiedSampler(
            strata, batch_size=config.slice.batch_size, seed=config.seed
        )
        self._slabs: Ahead[list[NDArray[np.int16]]] = Ahead(
            self._read,
            n_steps=config.slice.steps * len(self._parts),
            n_threads=min(MOST_THREADS, background_threads()),
        )

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        config, device = self._config, self._device
        chosen = part.of(self._sampler.batch(step))
        slabs = self._slabs.at(step * len(self._parts) + self._parts.index(part))
        grey = _collated([self._stack(int(i), slab) for i, slab in zip(chosen, slabs, strict=True)])
        varied = augment(
            grey,
            config.augmentation,
            widths_hu=[window.width_hu for window in config.preprocessing.windows],
            draws=Draws(step_generator(config.seed, step), part),
        )
        x = normalise(varied, config.preprocessing).contiguous(memory_format=torch.channels_last)
        target = torch.from_numpy(self._labels[chosen]).to(device)
        return mean_known_bce(net(x).logit, target)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        if not self._held_out or not isinstance(net, SliceNet):
            return {}
        truth, logits = _held_out(net, self._store, self._held_out, self._crops, self._config)
        loss = mean_known_bce(torch.from_numpy(logits), torch.from_numpy(truth))
        return {HELD_OUT_LOSS: float(loss), **_figure("image_auc", metrics.auc(truth, logits))}

    def close(self) -> None:
        """Ends the threads."""
        self._slabs.close()

    def _read(self, place: int) -> list[NDArray[np.int16]]:
        """HU (slice, row, col) of each sample of one part of one step, with its neighbours."""
        step, turn = divmod(place, len(self._parts))
        return [
            self._slab(*self._slice(i)) for i in self._parts[turn].of(self._sampler.batch(step))
        ]

    def _slice(self, sample: int) -> tuple[StudyRecord, int]:
        place = int(np.searchsorted(self._ends, sample, side="right"))
        study = self._train[place]
        return study, int(sample - self._ends[place] + study.n_slices)

    def _slab(self, study: StudyRecord, index: int) -> NDArray[np.int16]:
        near = neighbours(
            [index],
            n_slices=study.n_slices,
            slice_mm=study.spacing_mm[0],
            neighbour_mm=self._config.preprocessing.neighbour_mm,
            reach=self._config.preprocessing.reach,
        )
        return np.array(self._store.hu(study)[near[0].tolist()])

    def _stack(self, sample: int, slab: NDArray[np.int16]) -> Tensor:
        """Grey (1, channel, row, col) of a slice between the neighbours that its slab holds."""
        study, _ = self._slice(sample)
        return windowed_stacks(
            hu_tensor(slab).to(self._device),
            [self._config.preprocessing.reach],
            crop=self._crops[study.key],
            spacing_mm=study.spacing_mm,
            params=replace(self._config.preprocessing, neighbour_mm=None),
        )


def held_out_auc(
    net: nn.Module,
    store: Store,
    held_out: Sequence[StudyRecord],
    crops: Mapping[str, Crop],
    config: TrainConfig,
) -> Mapping[str, float]:
    """``image_auc`` of a slice net's own scores on held-out studies."""
    if not held_out or not isinstance(net, SliceNet):
        return {}
    return _figure("image_auc", metrics.auc(*_held_out(net, store, held_out, crops, config)))


def _held_out(
    net: SliceNet,
    store: Store,
    held_out: Sequence[StudyRecord],
    crops: Mapping[str, Crop],
    config: TrainConfig,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Labels and logits of the slices that are measured."""
    truth = [study.image_labels()[::_MEASURED_STEP] for study in held_out]
    params, step = config.preprocessing, _MEASURED_STEP
    reader = SliceReader.of(net, is_final=False)
    logits = [
        slice_logits(reader, store, study, crops[study.key], params, step=step)
        for study in held_out
    ]
    return np.concatenate(truth), np.concatenate(logits)


def _collated(stacks: Sequence[Tensor]) -> Tensor:
    """Stacks (1, channel, row, col) of several sizes in one batch, air after the smaller ones."""
    rows, cols = (max(stack.shape[axis] for stack in stacks) for axis in (2, 3))
    padded = [
        functional.pad(stack, (0, cols - stack.shape[3], 0, rows - stack.shape[2]))
        for stack in stacks
    ]
    return torch.cat(padded)


def _figure(name: str, value: float | None) -> dict[str, float]:
    return {} if value is None else {name: value}
