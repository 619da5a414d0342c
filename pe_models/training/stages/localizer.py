"""The localizer stage: where in a slice the chest is."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from pe_models.errors import DatasetError
from pe_models.nets.localizer import Localizer
from pe_models.preprocess import hu_tensor, localizer_inputs
from pe_models.training.batches.augment import Draws, augment_boxed, cut_out
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.batches.samplers import StratifiedSampler, step_generator
from pe_models.training.config import TrainConfig
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS
from pe_models.training.losses.labels import box_l1
from pe_models.training.store import Store, StudyRecord


class LocalizerStage:
    """Single slices against their boxes, by L1."""

    name = "localizer"

    def __init__(
        self,
        net: Localizer,
        store: Store,
        *,
        train: Sequence[StudyRecord],
        held_out: Sequence[StudyRecord],
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        self.net: nn.Module = net
        self._store, self._config, self._device = store, config, device
        self._train = [(study, index) for study in train for index in study.boxes]
        self._held_out = [(study, index) for study in held_out for index in study.boxes]
        if not self._train:
            raise DatasetError("No study of the store has a box for the Localizer.")
        self._sampler = StratifiedSampler(
            [(1.0, np.arange(len(self._train)))],
            batch_size=config.localizer.batch_size,
            seed=config.seed,
        )

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        config, params = self._config, self._config.augmentation
        chosen = [self._train[i] for i in part.of(self._sampler.batch(step))]
        draws = Draws(step_generator(config.seed, step), part)
        x, boxes = augment_boxed(*self._inputs(chosen), params, draws=draws)
        black = -config.preprocessing.mean / config.preprocessing.std
        x = cut_out(x, params.localizer_cutouts, params.cutout_share, value=black, draws=draws)
        return box_l1(net(x), boxes)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        if not self._held_out:
            return {}
        errors = []
        for first in range(0, len(self._held_out), self._config.localizer.batch_size):
            some = self._held_out[first : first + self._config.localizer.batch_size]
            x, boxes = self._inputs(some)
            errors.append((net(x) - boxes).abs().mean(dim=1))
        error = float(torch.cat(errors).mean())
        return {"box_error": error, HELD_OUT_LOSS: error}

    def _inputs(self, samples: Sequence[tuple[StudyRecord, int]]) -> tuple[Tensor, Tensor]:
        slices = (self._store.whole_slices(study, [index]) for study, index in samples)
        x = [
            localizer_inputs(hu_tensor(hu).to(self._device), [0], self._config.preprocessing)
            for hu in slices
        ]
        boxes = torch.tensor([study.boxes[index] for study, index in samples])
        return torch.cat(x), boxes.to(self._device)
