"""The sequence stage: whole exams of embeddings against their labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from pe_models import metrics
from pe_models.labels import EXAM_LABELS, IMAGE_WEIGHT, NEGATIVE
from pe_models.nets.fixed_steps import resized
from pe_models.nets.sequence import SequenceNet, SequenceOutput
from pe_models.training.answers.features import Features
from pe_models.training.answers.predict import sequence_scores
from pe_models.training.batches.augment import finer_steps
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.batches.samplers import StratifiedSampler, step_generator
from pe_models.training.config.run import SequenceLoss, TrainConfig
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS
from pe_models.training.losses.labels import metric_loss, metric_weight, xu_loss
from pe_models.training.store import StudyRecord


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """One exam as a step sees it: ``features`` (step, embedding), ``image`` (step,) labels.

    ``image_weight`` is the winner's for each of its images.
    """

    features: Tensor
    image: Tensor
    exam: Tensor
    image_weight: float


class SequenceStage:
    """Whole exams against their image and exam labels, by the metric or as the winner did."""

    name = "sequence"

    def __init__(
        self,
        net: SequenceNet,
        features: Features,
        *,
        train: Sequence[StudyRecord],
        held_out: Sequence[StudyRecord],
        held_out_features: Features,
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        """``held_out_features`` are those of the bundle's own slice net, as in use."""
        self.net: nn.Module = net
        self._features, self._config, self._device = features, config, device
        self._train, self._held_out = train, held_out
        self._held_out_features = held_out_features
        self._sampler = StratifiedSampler(
            [(1.0, np.arange(len(train)))],
            batch_size=config.sequence.batch_size,
            seed=config.seed,
        )
        if config.scales_features:
            mean, std = feature_scale(features, train)
            net.set_feature_scale(torch.from_numpy(mean), torch.from_numpy(std))

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        generator = step_generator(self._config.seed, step)
        chosen = [self._train[i] for i in self._sampler.batch(step)]
        exams = [self._exam(study, generator) for study in chosen]
        return part.count * self._loss(net, exams[part.index :: part.count], of=exams)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        if not self._held_out or not isinstance(net, SequenceNet):
            return {}
        features = self._held_out_features
        scores = [sequence_scores(net, features[study.key]) for study in self._held_out]
        image_truth = np.concatenate([study.image_labels() for study in self._held_out])
        image = metrics.auc(image_truth, np.concatenate([image for image, _ in scores]))
        row = EXAM_LABELS.index(NEGATIVE)
        exam_truth = np.array([study.exam_labels()[row] for study in self._held_out])
        exam = metrics.auc(exam_truth, np.array([exam[row] for _, exam in scores]))
        figures = {"image_auc": image, "negative_exam_auc": exam}
        loss = {HELD_OUT_LOSS: self._held_out_loss(net)}
        return loss | {name: value for name, value in figures.items() if value is not None}

    def _held_out_loss(self, net: SequenceNet) -> float:
        """Exam by exam, for a held-out set may be large."""
        losses = [
            float(self._loss(net, [exam], of=[exam]))
            for exam in (self._plain(s, self._held_out_features[s.key]) for s in self._held_out)
        ]
        return float(np.mean(losses))

    def _loss(self, net: nn.Module, exams: Sequence[Exam], *, of: Sequence[Exam]) -> Tensor:
        """The share that ``exams`` have in the loss of the batch ``of``."""
        config, device = self._config, self._device
        lengths = torch.tensor([len(exam.features) for exam in exams])
        features = pad_sequence([exam.features for exam in exams], batch_first=True)
        output: SequenceOutput = net(features.to(device), lengths.to(device))
        exam = torch.stack([exam.exam for exam in exams]).to(device)
        image = _padded(exams).to(device)
        if config.sequence_loss is SequenceLoss.XU2020:
            weight = torch.tensor([exam.image_weight for exam in exams], device=device)
            n_steps = sum(len(exam.features) for exam in of)
            return xu_loss(output, exam, image, weight, n_exams=len(of), n_steps=n_steps)
        weights = {"image_floor": config.image_floor, "image_gain": config.image_gain}
        total = metric_weight(_padded(of), **weights).to(device)
        return metric_loss(output, exam, image, **weights, total=total)

    def _exam(self, study: StudyRecord, generator: torch.Generator) -> Exam:
        """As of slices that lie closer than they do, or shortened, where the run wants it."""
        finest_mm = self._config.augmentation.finest_slice_mm
        plain = self._plain(study, self._features[study.key])
        if finest_mm is None:
            return plain
        features, image = finer_steps(
            plain.features,
            plain.image,
            slice_mm=study.spacing_mm[0],
            finest_mm=finest_mm,
            generator=generator,
        )
        return Exam(features, image, plain.exam, plain.image_weight)

    def _plain(self, study: StudyRecord, features: NDArray[np.float32]) -> Exam:
        steps, labels = self._config.sequence_steps, torch.from_numpy(study.image_labels())
        x, image, stretch = torch.from_numpy(features), labels, 1.0
        if steps is not None and len(x) > steps:
            stretch = len(x) / steps
            x, image = resized(x, steps), resized(labels[:, None], steps)[:, 0]
        share = float(torch.nan_to_num(labels).mean())
        exam = torch.from_numpy(study.exam_labels())
        return Exam(x, image, exam, IMAGE_WEIGHT * share * stretch)


def feature_scale(
    features: Features, studies: Sequence[StudyRecord]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation (embedding,) over all slices, the latter at least 0.001."""
    n_slices, total, squares = 0, 0.0, 0.0
    for study in studies:
        ours = features[study.key].astype(np.float64)
        n_slices += len(ours)
        total, squares = total + ours.sum(axis=0), squares + (ours**2).sum(axis=0)
    mean = np.asarray(total) / n_slices
    variance = np.maximum(np.asarray(squares) / n_slices - mean**2, 0.0)
    std = np.maximum(np.sqrt(variance), 1e-3)
    return mean.astype(np.float32), std.astype(np.float32)


def _padded(exams: Sequence[Exam]) -> Tensor:
    """Image labels (exam, step), NaN beyond an exam's end."""
    labels = [exam.image for exam in exams]
    return pad_sequence(labels, batch_first=True, padding_value=float("nan"))
