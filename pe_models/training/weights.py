"""The nets of a run: built from its configuration, filled from its checkpoints."""

from enum import StrEnum

import timm
import torch
from torch import nn

from pe_models.bundle import Architecture, SequenceArchitecture, SliceArchitecture, SliceHead
from pe_models.errors import TrainingError
from pe_models.labels import EXAM_LABELS
from pe_models.nets.load import Nets, build_nets, to_inference
from pe_models.nets.slice_description import description_length
from pe_models.training.checkpoint import load_checkpoint
from pe_models.training.config import TrainConfig
from pe_models.training.run import RunFolder

_PREFIX = "module."
"""Before the names of averaged weights."""


class StageName(StrEnum):
    LOCALIZER = "localizer"
    SLICE = "slice"
    SEQUENCE = "sequence"


def fresh_nets(config: TrainConfig) -> Nets:
    """Nets of the run's architecture; their weights depend on its seed alone.

    Raises TrainingError for backbones that timm does not know or that do not fit.
    """
    torch.manual_seed(config.seed)
    try:
        nets = build_nets(architecture_of(config), n_labels=len(EXAM_LABELS))
    except ValueError as error:
        raise TrainingError(f"The nets cannot be built: {error}.") from error
    set_dropout(nets, config)
    return nets


def set_dropout(nets: Nets, config: TrainConfig) -> None:
    nets.slice_classifier.dropout = config.slice.dropout
    nets.sequence.drop.p = config.sequence.dropout


def architecture_of(config: TrainConfig) -> Architecture:
    """Raises TrainingError for a backbone that timm does not know."""
    for backbone in (config.localizer_backbone, config.slice_backbone):
        if not timm.is_model(backbone):
            raise TrainingError(f"timm knows no backbone {backbone!r}.")
    slices = _slice_architecture(config)
    return Architecture(
        config.localizer_backbone,
        slices,
        SequenceArchitecture(
            slices.embedding,
            config.bottleneck,
            config.hidden,
            ends_in_logit=slices.head is SliceHead.DENSE,
        ),
    )


def _slice_architecture(config: TrainConfig) -> SliceArchitecture:
    backbone, width = config.slice_backbone, config.decoder_width
    if config.slice_head is SliceHead.DENSE:
        return SliceArchitecture(backbone, description_length(width), SliceHead.DENSE, width)
    probe = timm.create_model(backbone, pretrained=False, num_classes=0)
    return SliceArchitecture(backbone, int(probe.num_features))


def net_of(nets: Nets, stage: StageName) -> nn.Module:
    """The net that ``stage`` trains."""
    return {
        StageName.LOCALIZER: nets.localizer,
        StageName.SLICE: nets.slice_classifier,
        StageName.SEQUENCE: nets.sequence,
    }[stage]


def fill_from_checkpoint(net: nn.Module, run: RunFolder, stage: StageName) -> None:
    """Puts the averaged weights of ``stage`` into ``net``. Raises TrainingError."""
    averaged = load_checkpoint(run.checkpoint_file(stage), stage).averaged
    weights = {k.removeprefix(_PREFIX): v for k, v in averaged.items() if k.startswith(_PREFIX)}
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise TrainingError(f"The checkpoint of stage {stage} is of another net.") from error


def trained_nets(run: RunFolder, device: torch.device) -> Nets:
    """The averaged nets of a whole run. Raises TrainingError where a stage is missing."""
    nets = fresh_nets(run.config())
    for stage in StageName:
        fill_from_checkpoint(net_of(nets, stage), run, stage)
    return to_inference(nets, device)
