"""The refiner stage: blocks of a slice net's maps and of the CT, against where clots are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pe_models import metrics
from pe_models.errors import DatasetError
from pe_models.nets.refiner import Refiner
from pe_models.nets.refining import RefinerReader
from pe_models.parallel import background_threads
from pe_models.training.answers.maps import refined_study
from pe_models.training.batches.ahead import Ahead
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.batches.volume_sampler import VolumeBatch, VolumeSampler
from pe_models.training.config import TrainConfig
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS
from pe_models.training.losses.refined import refined_loss
from pe_models.training.stages.slices import MOST_THREADS
from pe_models.training.store import StudyRecord
from pe_models.training.store.maps import Maps, StudyMaps

_MEASURED_BLOCKS: Final = 24


@dataclass(frozen=True, slots=True)
class RefinerStudies:
    """What a refiner stage learns from, and is measured on: studies that say what their voxels are;
    ``maps`` is the folder of what the slice net says of them.
    """

    maps: Path
    train: Sequence[StudyRecord]
    held_out: Sequence[StudyRecord]


class RefinerStage:
    """Blocks of labelled studies; ``held_out`` are those of others."""

    name = "refiner"

    def __init__(
        self,
        net: Refiner,
        batches: Ahead[VolumeBatch],
        held_out: StudyMaps,
        config: TrainConfig,
        device: torch.device,
        parts: Sequence[Part] = (WHOLE,),
    ) -> None:
        self.net: nn.Module = net
        self._batches, self._held_out = batches, held_out
        self._config, self._device, self._parts = config, device, tuple(parts)
        self._measured = _held_out_blocks(held_out, config)

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        place = step * len(self._parts) + self._parts.index(part)
        return self._loss(net, self._batches.at(place))

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        """The loss of held-out blocks, and the image AUC of whole held-out studies."""
        if not self._held_out or not isinstance(net, Refiner):
            return {}
        truth = np.concatenate([study.image_labels() for study in self._held_out.studies])
        reader = RefinerReader.of(net, is_final=False)
        studies = zip(self._held_out.studies, self._held_out, strict=True)
        logits = np.concatenate([self._logits(reader, *study) for study in studies])
        auc = metrics.auc(truth, logits)
        figures = {} if auc is None else {"image_auc": auc}
        if self._measured is not None:
            figures[HELD_OUT_LOSS] = float(self._loss(net, self._measured))
        return figures

    def _logits(self, reader: RefinerReader, study: StudyRecord, maps: Maps) -> NDArray[np.float32]:
        logits = np.empty(len(maps), dtype=np.float32)
        for part in refined_study(reader, study, maps, self._config.preprocessing):
            logits[list(part.indices)] = part.logit.numpy(force=True)
        return logits

    def _loss(self, net: nn.Module, batch: VolumeBatch) -> Tensor:
        x = batch.x.to(self._device, memory_format=torch.channels_last_3d)
        return refined_loss(net(x), batch.shares.to(self._device))


@contextmanager
def refiner_stage(
    net: Refiner,
    studies: RefinerStudies,
    config: TrainConfig,
    device: torch.device,
    parts: Sequence[Part] = (WHOLE,),
) -> Iterator[RefinerStage]:
    """The stage over the studies' maps; what makes its batches ends with the block.

    Raises DatasetError where there is no study to train on, or none of them holds a clot.
    """
    if not studies.train:
        raise DatasetError(
            "A refiner learns from studies that say what their voxels are, and there is none. "
            "Choose a preset without one."
        )
    sampler = VolumeSampler(
        StudyMaps(studies.maps, studies.train),
        window=config.refiner_window,
        config=config.volumes,
        seed=config.seed,
    )
    held_out = StudyMaps(studies.maps, studies.held_out)
    ahead: Ahead[VolumeBatch] = Ahead(
        lambda place: sampler.batch(
            place // len(parts), config.refiner.batch_size, parts[place % len(parts)]
        ),
        n_steps=config.refiner.steps * len(parts),
        n_threads=min(MOST_THREADS, background_threads()),
    )
    try:
        yield RefinerStage(net, ahead, held_out, config, device, parts)
    finally:
        ahead.close()


def _held_out_blocks(held_out: StudyMaps, config: TrainConfig) -> VolumeBatch | None:
    """None where no held-out study holds a clot."""
    try:
        sampler = VolumeSampler(
            held_out, window=config.refiner_window, config=config.volumes, seed=config.seed
        )
    except DatasetError:
        return None
    return sampler.held_out_batch(_MEASURED_BLOCKS)
