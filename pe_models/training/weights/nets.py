"""The nets of a run: built from its configuration, filled from its checkpoints."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Final

import timm
import torch
from torch import nn

from pe_models.bundle import (
    Architecture,
    Member,
    RefinerArchitecture,
    SequenceArchitecture,
    SliceArchitecture,
    SliceHead,
)
from pe_models.errors import TrainingError
from pe_models.labels import EXAM_LABELS
from pe_models.nets.load import Nets, build_nets, to_inference
from pe_models.nets.refiner import Refiner
from pe_models.nets.slice_description import N_EVIDENCE, N_REFINED, description_length
from pe_models.training.config import TrainConfig
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.run import RunFolder

NO_REFINER: Final = "This run has no refiner; choose a preset that has one."


class StageName(StrEnum):
    LOCALIZER = "localizer"
    SLICE = "slice"
    REFINER = "refiner"
    SEQUENCE = "sequence"


def stages_of(config: TrainConfig) -> tuple[StageName, ...]:
    """The stages of a whole run, in order."""
    return tuple(stage for stage in StageName if config.refines or stage is not StageName.REFINER)


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
    for member in nets.members:
        member.slice_classifier.dropout = config.slice.dropout
        member.sequence.drop.p = config.sequence.dropout


def architecture_of(config: TrainConfig) -> Architecture:
    """Raises TrainingError for a backbone that timm does not know."""
    for backbone in (config.localizer_backbone, config.slice_backbone, *config.more_backbones):
        if not timm.is_model(backbone):
            raise TrainingError(f"timm knows no backbone {backbone!r}.")
    first, *others = (_member(config.of_member(k)) for k in range(config.n_members))
    refiner = (
        RefinerArchitecture(config.refiner_widths, config.refiner_window)
        if config.refines
        else None
    )
    return Architecture(
        config.localizer_backbone,
        first.slice_classifier,
        first.sequence,
        tuple(others),
        refiner,
    )


def _member(config: TrainConfig) -> Member:
    slices = _slice_architecture(config)
    is_dense = slices.head is SliceHead.DENSE
    n_refined = N_REFINED if config.refines else 0
    sequence = SequenceArchitecture(
        slices.embedding + n_refined,
        config.bottleneck,
        config.hidden,
        ends_in_logit=is_dense,
        n_evidence=N_EVIDENCE + n_refined if is_dense else 0,
        steps=config.sequence_steps,
        masks_padding=config.masks_padding,
        attention=config.attention,
    )
    return Member(slices, sequence)


def _slice_architecture(config: TrainConfig) -> SliceArchitecture:
    backbone, width = config.slice_backbone, config.decoder_width
    channels = config.preprocessing.channels
    if config.slice_head is SliceHead.DENSE:
        length = description_length(width)
        return SliceArchitecture(backbone, length, SliceHead.DENSE, width, channels)
    probe = timm.create_model(backbone, pretrained=False, num_classes=0)
    return SliceArchitecture(backbone, int(probe.num_features), channels=channels)


def net_of(nets: Nets, stage: StageName, member: int = 0) -> nn.Module:
    """The net that ``stage`` trains, of one member. Raises TrainingError where there is none."""
    if stage is StageName.REFINER:
        return refiner_of(nets)
    return {
        StageName.LOCALIZER: nets.localizer,
        StageName.SLICE: nets.members[member].slice_classifier,
        StageName.SEQUENCE: nets.members[member].sequence,
    }[stage]


def refiner_of(nets: Nets) -> Refiner:
    """Raises TrainingError where there is none."""
    if nets.refiner is None:
        raise TrainingError(NO_REFINER)
    return nets.refiner


def fill_from_checkpoint(net: nn.Module, run: RunFolder, stage: StageName, member: int = 0) -> None:
    """Puts the weights that ``stage`` kept into ``net``. Raises TrainingError."""
    fill_from_file(net, run.checkpoint_file(stage, member), stage)


def fill_from_file(net: nn.Module, checkpoint_file: Path, stage: StageName) -> None:
    """As ``fill_from_checkpoint``, from any checkpoint of ``stage``."""
    weights = load_checkpoint(checkpoint_file, stage).kept_weights
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise TrainingError(f"The checkpoint of stage {stage} is of another net.") from error


def refuse_other_nets(
    run: RunFolder, config: TrainConfig, stages: Collection[StageName], *, resume: bool
) -> None:
    """Raises TrainingError where a net that stays is another than ``config`` says, or sees other
    input: it could neither be used nor exported any more.
    """
    if not run.config_file.exists():
        return
    before = run.config()
    for stage in (StageName.LOCALIZER, StageName.SLICE, StageName.REFINER):
        stays = run.checkpoint_file(stage).exists() and (resume or stage not in stages)
        if stays and _nature(stage, before) != _nature(stage, config):
            raise TrainingError(
                f"The {stage} net of this run is another, or sees other input. Give the same "
                "--preset and --set for both, or train into another folder."
            )


def _nature(stage: StageName, config: TrainConfig) -> tuple[object, ...]:
    """What a net of ``stage`` is and what it sees, as far as ``config`` says it."""
    seen = config.preprocessing
    if stage is StageName.LOCALIZER:
        return config.localizer_backbone, seen.localizer_px, seen.localizer_levels
    if stage is StageName.REFINER:
        return config.refiner_widths, config.refiner_window
    backbones = (config.slice_backbone, *config.more_backbones)
    return seen, backbones, config.slice_head, config.decoder_width


def slice_nets(run: RunFolder, device: torch.device) -> Nets:
    """Nets of a run whose stages before the last are done; sequence nets are untrained."""
    nets = fresh_nets(run.config())
    fill_from_checkpoint(nets.localizer, run, StageName.LOCALIZER)
    for index, member in enumerate(nets.members):
        fill_from_checkpoint(member.slice_classifier, run, StageName.SLICE, index)
    if nets.refiner is not None:
        fill_from_checkpoint(nets.refiner, run, StageName.REFINER)
    return to_inference(nets, device)


def trained_nets(run: RunFolder, device: torch.device) -> Nets:
    """The nets of a whole run, as trained. Raises TrainingError where a stage is missing."""
    nets = slice_nets(run, device)
    for index, member in enumerate(nets.members):
        fill_from_checkpoint(member.sequence, run, StageName.SEQUENCE, index)
    return nets
