"""The three stages: what each is shown at a step, and what is measured of it."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from pe_models import metrics
from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.labels import EXAM_LABELS, NEGATIVE
from pe_models.nets.load import SliceNet
from pe_models.nets.localizer import Localizer
from pe_models.nets.sequence import SequenceNet
from pe_models.preprocess import hu_tensor, localizer_inputs, normalise, windowed_stacks
from pe_models.training.augment import augment, augment_boxed, finer_steps
from pe_models.training.config import TrainConfig
from pe_models.training.losses import box_l1, mean_known_bce, metric_loss
from pe_models.training.predict import sequence_scores, slice_logits
from pe_models.training.samplers import StratifiedSampler, balanced_slices, step_generator
from pe_models.training.store import Store, StudyRecord

_MEASURED_STEP = 3
"""Every third held-out slice is measured while slices are trained: neighbours say the same."""


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

    def loss(self, net: nn.Module, step: int) -> Tensor:
        config = self._config
        chosen = [self._train[i] for i in self._sampler.batch(step)]
        x, boxes = self._inputs(chosen)
        x, boxes = augment_boxed(
            x,
            boxes,
            config.augmentation,
            generator=step_generator(config.seed, step),
        )
        return box_l1(net(x), boxes)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        if not self._held_out:
            return {}
        x, boxes = self._inputs(self._held_out)
        return {"box_error": float(box_l1(net(x), boxes))}

    def _inputs(self, samples: Sequence[tuple[StudyRecord, int]]) -> tuple[Tensor, Tensor]:
        params = self._config.preprocessing
        x = [
            localizer_inputs(hu_tensor(self._store.whole_slices(study, [index])), [0], params)
            for study, index in samples
        ]
        boxes = torch.tensor([study.boxes[index] for study, index in samples])
        return torch.cat(x).to(self._device), boxes.to(self._device)


class SliceStage:
    """2.5-D stacks inside the predicted crop against the image label, by cross-entropy.

    For data that say of a slice whether there is PE on it, and not where.
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
    ) -> None:
        self.net: nn.Module = net
        self._store, self._config, self._device, self._crops = store, config, device, crops
        self._held_out = held_out
        self._train = [(study, index) for study in train for index in range(study.n_slices)]
        self._labels = np.concatenate([study.image_labels() for study in train])
        is_positive = np.concatenate([np.full(s.n_slices, s.is_positive) for s in train])
        if not (self._labels == 1).any() or not (self._labels == 0).any():
            raise DatasetError("The slices to train on are all of one class.")
        self._sampler = StratifiedSampler(
            balanced_slices(self._labels, is_positive),
            batch_size=config.slice.batch_size,
            seed=config.seed,
        )

    def loss(self, net: nn.Module, step: int) -> Tensor:
        config, device = self._config, self._device
        chosen = self._sampler.batch(step)
        grey = _collated([self._stack(*self._train[i]) for i in chosen]).to(device)
        varied = augment(
            grey,
            config.augmentation,
            width_hu=config.preprocessing.window.width_hu,
            generator=step_generator(config.seed, step),
        )
        x = normalise(varied, config.preprocessing).contiguous(memory_format=torch.channels_last)
        target = torch.from_numpy(self._labels[chosen]).to(device)
        return mean_known_bce(net(x).logit, target)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        return held_out_auc(net, self._store, self._held_out, self._crops, self._config)

    def _stack(self, study: StudyRecord, index: int) -> Tensor:
        return windowed_stacks(
            hu_tensor(self._store.hu(study)),
            [index],
            crop=self._crops[study.key],
            spacing_mm=study.spacing_mm,
            params=self._config.preprocessing,
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
    truth = [study.image_labels()[::_MEASURED_STEP] for study in held_out]
    params, step = config.preprocessing, _MEASURED_STEP
    scores = [
        slice_logits(net, store, study, crops[study.key], params, step=step) for study in held_out
    ]
    return _figure("image_auc", metrics.auc(np.concatenate(truth), np.concatenate(scores)))


class SequenceStage:
    """Whole exams of embeddings against their image and exam labels, by the metric."""

    name = "sequence"

    def __init__(
        self,
        net: SequenceNet,
        features: Mapping[str, NDArray[np.float32]],
        *,
        train: Sequence[StudyRecord],
        held_out: Sequence[StudyRecord],
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        self.net: nn.Module = net
        self._features, self._config, self._device = features, config, device
        self._train, self._held_out = train, held_out
        self._sampler = StratifiedSampler(
            [(1.0, np.arange(len(train)))],
            batch_size=config.sequence.batch_size,
            seed=config.seed,
        )
        every = np.concatenate([features[study.key] for study in train])
        std = np.maximum(every.std(axis=0), 1e-3)
        net.set_feature_scale(torch.from_numpy(every.mean(axis=0)), torch.from_numpy(std))

    def loss(self, net: nn.Module, step: int) -> Tensor:
        chosen = [self._train[i] for i in self._sampler.batch(step)]
        device = self._device
        generator = step_generator(self._config.seed, step)
        pairs = [self._steps(study, generator) for study in chosen]
        features, image = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        exam = torch.from_numpy(np.stack([study.exam_labels() for study in chosen]))
        lengths = torch.tensor([len(f) for f in features])
        output = net(pad_sequence(features, batch_first=True).to(device), lengths.to(device))
        return metric_loss(
            output,
            exam.to(device),
            pad_sequence(image, batch_first=True, padding_value=float("nan")).to(device),
            image_floor=self._config.image_floor,
            image_gain=self._config.image_gain,
        )

    def _steps(self, study: StudyRecord, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Features (step, embedding) and image labels (step,), as of slices that lie closer."""
        return finer_steps(
            torch.from_numpy(self._features[study.key]),
            torch.from_numpy(study.image_labels()),
            slice_mm=study.spacing_mm[0],
            finest_mm=self._config.augmentation.finest_slice_mm,
            generator=generator,
        )

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        if not self._held_out or not isinstance(net, SequenceNet):
            return {}
        scores = [sequence_scores(net, self._features[study.key]) for study in self._held_out]
        image_truth = np.concatenate([study.image_labels() for study in self._held_out])
        image = metrics.auc(image_truth, np.concatenate([image for image, _ in scores]))
        row = EXAM_LABELS.index(NEGATIVE)
        exam_truth = np.array([study.exam_labels()[row] for study in self._held_out])
        exam = metrics.auc(exam_truth, np.array([exam[row] for _, exam in scores]))
        return {**_figure("image_auc", image), **_figure("negative_exam_auc", exam)}


def _collated(stacks: Sequence[Tensor]) -> Tensor:
    """Stacks (1, 3, row, col) of several sizes in one batch, air after the smaller ones."""
    rows, cols = (max(stack.shape[axis] for stack in stacks) for axis in (2, 3))
    padded = [
        functional.pad(stack, (0, cols - stack.shape[3], 0, rows - stack.shape[2]))
        for stack in stacks
    ]
    return torch.cat(padded)


def _figure(name: str, value: float | None) -> dict[str, float]:
    return {} if value is None else {name: value}
