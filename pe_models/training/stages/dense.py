"""The slice stage: dense where the store says what each voxel is, else from slices' labels."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from pe_models.bundle import SliceHead
from pe_models.findings import Crop
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.load import SliceNet
from pe_models.nets.slice_output import SliceOutput
from pe_models.parallel import background_threads
from pe_models.training.batches.ahead import Ahead
from pe_models.training.batches.crop_sampler import CropBatch, CropSampler, Source
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.config import TrainConfig
from pe_models.training.loop.steps import Stage
from pe_models.training.losses.tissues import dense_loss
from pe_models.training.stages.slices import MOST_THREADS, SliceStage, held_out_auc
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.places import Places

_MEASURED_CROPS: Final = 48


@dataclass(frozen=True, slots=True)
class SliceStudies:
    """What a slice stage learns from; ``crops`` of the arrays, by study.

    A dense net sees ``more`` studies too, and the places of ``mistakes``, by study of either.
    """

    store: Store
    train: Sequence[StudyRecord]
    held_out: Sequence[StudyRecord]
    crops: Mapping[str, Crop]
    more: Sequence[Source] = ()
    mistakes: Mapping[str, Places] | None = None


@contextmanager
def slice_stage(
    net: SliceNet,
    studies: SliceStudies,
    config: TrainConfig,
    device: torch.device,
    parts: Sequence[Part] = (WHOLE,),
) -> Iterator[Stage]:
    """The stage that fits the net and the data; what makes its batches ends with the block.

    A dense net learns from crops of labelled studies, from whole crops of the others, and by turns
    where a store has both. ``parts`` are those of each batch that this process computes, in order.
    Raises DatasetError where there is nothing to learn from.
    """
    labelled = [study for study in studies.train if study.has_labels]
    plain = [study for study in studies.train if not study.has_labels]
    if config.slice_head is SliceHead.POOLED or not labelled:
        with closing(_label_stage(net, studies, studies.train, config, device, parts)) as stage:
            yield stage
        return
    sampler = CropSampler(
        [(studies.store, labelled), *studies.more],
        config=config.crops,
        params=config.preprocessing,
        seed=config.seed,
        mistakes=studies.mistakes,
    )
    ahead: Ahead[CropBatch] = Ahead(
        lambda place: sampler.batch(
            place // len(parts), config.slice.batch_size, parts[place % len(parts)]
        ),
        n_steps=config.slice.steps * len(parts),
        n_threads=min(MOST_THREADS, background_threads()),
    )
    held_out = _held_out_crops(studies, config)
    dense = DenseSliceStage(net, ahead, held_out, studies, config, device, parts)
    try:
        if plain:
            with closing(_label_stage(net, studies, plain, config, device, parts)) as labels:
                yield TurnsStage(dense, labels)
        else:
            yield dense
    finally:
        ahead.close()


class DenseSliceStage:
    """Crops against the tissue of each pixel."""

    name = "slice"

    def __init__(
        self,
        net: SliceNet,
        batches: Ahead[CropBatch],
        held_out: CropBatch | None,
        studies: SliceStudies,
        config: TrainConfig,
        device: torch.device,
        parts: Sequence[Part] = (WHOLE,),
    ) -> None:
        self.net: nn.Module = net
        self._batches, self._held_out, self._studies = batches, held_out, studies
        self._config, self._device, self._parts = config, device, tuple(parts)

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        place = step * len(self._parts) + self._parts.index(part)
        return self._loss(net, self._batches.at(place))

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        """The loss of held-out crops, and the image AUC of whole held-out slices."""
        if self._held_out is None or not isinstance(net, DenseSliceNet):
            return {}
        ours = self._studies
        figures = held_out_auc(net, ours.store, ours.held_out, ours.crops, self._config)
        return {"held_out_loss": float(self._loss(net, self._held_out)), **figures}

    def _loss(self, net: nn.Module, batch: CropBatch) -> Tensor:
        x = batch.x.to(self._device, memory_format=torch.channels_last)
        output: SliceOutput = net(x)
        if output.tissues is None:
            raise TypeError("a dense stage needs a net with maps")
        labels, shares = batch.labels.to(self._device), batch.shares.to(self._device)
        return dense_loss(output.tissues, labels, shares)


class TurnsStage:
    """Two slice stages of one net by turns, for a store whose studies are labelled in part."""

    name = "slice"

    def __init__(self, dense: DenseSliceStage, plain: SliceStage) -> None:
        self.net: nn.Module = dense.net
        self._dense, self._plain = dense, plain

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        turn, is_plain = divmod(step, 2)
        stage: Stage = self._plain if is_plain else self._dense
        return stage.loss(net, turn, part)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        return {**self._plain.measure(net), **self._dense.measure(net)}


def _label_stage(
    net: SliceNet,
    studies: SliceStudies,
    train: Sequence[StudyRecord],
    config: TrainConfig,
    device: torch.device,
    parts: Sequence[Part],
) -> SliceStage:
    return SliceStage(
        net,
        studies.store,
        train=train,
        held_out=studies.held_out,
        crops=studies.crops,
        config=config,
        device=device,
        parts=parts,
    )


def _held_out_crops(studies: SliceStudies, config: TrainConfig) -> CropBatch | None:
    if not any(study.has_labels for study in studies.held_out):
        return None
    sampler = CropSampler(
        [(studies.store, studies.held_out)],
        config=config.crops,
        params=config.preprocessing,
        seed=config.seed,
    )
    return sampler.held_out_batch(_MEASURED_CROPS)
