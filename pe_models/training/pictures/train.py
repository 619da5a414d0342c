"""One picture net: from shrunk pictures to the weights that were best on those to choose by."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import torch
from timm.layers import freeze_batch_norm_2d, unfreeze_batch_norm_2d
from torch import nn

from pe_models.imaging.volume import VolumeKind
from pe_models.nets.pictures import PictureNet, build_picture_net
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.tasks import PictureInput
from pe_models.training.config.stage import StageConfig
from pe_models.training.files import write_json
from pe_models.training.loop.ranks import make_fabric
from pe_models.training.loop.steps import own_parts, train_stage
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.config import Kept, PictureConfig
from pe_models.training.pictures.split import PictureSplit
from pe_models.training.pictures.stage import PictureStage
from pe_models.training.run import RunFolder, RunReporter, told_at_its_end
from pe_models.training.weights.pretrained import (
    fill_backbone,
    has_imagenet_start,
    hub_weights,
    start_from_imagenet,
)

_PHOTOGRAPH_CHANNELS: Final = 3
_NEVER: Final = 1_000_000
"""A patience that no run reaches: the best weights are kept, and every step is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedPictures:
    """A net out of training mode, on the CPU, with what it takes in."""

    net: PictureNet
    params: PictureInput
    config: PictureConfig


def train_pictures(
    arrays: PictureArrays,
    split: PictureSplit,
    config: PictureConfig,
    folder: Path,
    *,
    device: str = "auto",
    precision: str = "float32",
    weights: Path | None = None,
    resume: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> TrainedPictures:
    """Trains ``config`` in ``folder``, where it leaves what every run does.

    With ``resume`` it goes on from its checkpoint. ``weights`` is a folder of published weights
    where no hub is reached. Raises TrainingError where those are not to be had or the loss is no
    number, DatasetError where the pictures are all of one class, and StopRequested.
    """
    run = RunFolder(folder)
    reporter = RunReporter(run, on_progress, cancel or CancelToken())
    reporter.begin()
    with told_at_its_end(reporter):
        write_json(run.config_file, config.to_dict())
        fabric = make_fabric(device, precision)
        params = input_of(arrays, config)
        net = _started(config, params, len(arrays.table.task.labels), weights)
        stage = PictureStage(
            net,
            arrays,
            split,
            params=params,
            config=config,
            device=fabric.device,
            parts=own_parts(fabric, config.stage),
        )
        kept = train_stage(
            stage,
            _whole_stage(config, len(split.train)),
            fabric=fabric,
            reporter=reporter,
            checkpoint_file=run.checkpoint_file(config.name),
            seed=config.seed,
            resume=resume,
        )
    return TrainedPictures(_as_built(cast(PictureNet, kept.cpu()), config), params, config)


def input_of(arrays: PictureArrays, config: PictureConfig) -> PictureInput:
    """What a net of these pictures takes in: windows where they are in HU alone."""
    params = arrays.table.task.picture
    windows = params.windows[: config.n_windows or None] if arrays.kind is VolumeKind.HU else ()
    channels = config.channels or params.channels
    return replace(params, px=arrays.px, windows=windows, channels=channels)


def _whole_stage(config: PictureConfig, n_pictures: int) -> StageConfig:
    """The stage with the steps that its epochs need; the best weights are looked for after each."""
    whole = config.stage.over(n_pictures)
    if config.kept is Kept.LAST:
        return whole
    an_epoch = max(1, min(whole.steps, n_pictures // whole.batch_size))
    return replace(whole, measure_every=whole.measure_every or an_epoch, patience=_NEVER)


def _started(
    config: PictureConfig, params: PictureInput, n_labels: int, weights: Path | None
) -> PictureNet:
    """Fresh weights, the same for a seed; those of a backbone from ImageNet where wanted."""
    torch.manual_seed(config.seed)
    net = build_picture_net(config.architecture, params, n_labels=n_labels)
    if config.imagenet_start:
        backbone = config.architecture.net
        if has_imagenet_start(backbone) and params.channels == _PHOTOGRAPH_CHANNELS:
            start_from_imagenet(net.backbone)
        else:
            fill_backbone(net.backbone, backbone, hub_weights(backbone, weights))
    if _is_frozen(config):
        net.backbone = _frozen(net.backbone)
    return net


def _is_frozen(config: PictureConfig) -> bool:
    return config.stage.backbone_share == 0.0


def _frozen(backbone: nn.Module) -> nn.Module:
    """Its weights do not learn, and its batch norms go by the statistics that they came with."""
    frozen: nn.Module = freeze_batch_norm_2d(backbone.requires_grad_(False))
    return frozen


def _as_built(net: PictureNet, config: PictureConfig) -> PictureNet:
    """With the layers that a bundle of ``config`` loads."""
    if _is_frozen(config):
        net.backbone = unfreeze_batch_norm_2d(net.backbone)
    return net
