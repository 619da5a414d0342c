"""A ModelBundle, or an Architecture, becomes nets."""

from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_safetensors
from torch import Tensor, nn

from pe_models.bundle import (
    LOCALIZER_FILE,
    SEQUENCE_FILE,
    SLICE_CLASSIFIER_FILE,
    Architecture,
    ModelBundle,
    SliceArchitecture,
    SliceHead,
)
from pe_models.errors import BundleError
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.localizer import Localizer
from pe_models.nets.sequence import SequenceNet
from pe_models.nets.slice_classifier import SliceClassifier

SliceNet = SliceClassifier | DenseSliceNet


@dataclass(frozen=True, slots=True)
class Nets:
    """The three nets of a bundle, in inference mode, on one device."""

    localizer: Localizer
    slice_classifier: SliceNet
    sequence: SequenceNet


def load_nets(bundle: ModelBundle, device: torch.device) -> Nets:
    """Nets of ``bundle`` on ``device``: float32, inference mode, channels_last.

    Raises BundleError where the weights do not fit the architecture.
    """
    try:
        nets = build_nets(bundle.architecture, n_labels=len(bundle.labels))
    except (RuntimeError, ValueError, KeyError) as error:
        raise BundleError(f"Bundle {bundle.name}: its nets cannot be built: {error}") from error
    _fill(nets.localizer, bundle, LOCALIZER_FILE)
    _fill(nets.slice_classifier, bundle, SLICE_CLASSIFIER_FILE)
    _fill(nets.sequence, bundle, SEQUENCE_FILE)
    return to_inference(nets, device)


def build_nets(architecture: Architecture, *, n_labels: int) -> Nets:
    """Nets with fresh weights. Raises RuntimeError for a backbone that timm does not know."""
    slices, sequence = architecture.slice_classifier, architecture.sequence
    nets = Nets(
        Localizer(architecture.localizer_backbone),
        _slice_net(slices),
        SequenceNet(
            embedding=sequence.embedding,
            bottleneck=sequence.bottleneck,
            hidden=sequence.hidden,
            ends_in_logit=sequence.ends_in_logit,
            n_labels=n_labels,
        ),
    )
    if not nets.slice_classifier.embedding == slices.embedding == sequence.embedding:
        raise ValueError(
            f"{slices.backbone} gives {nets.slice_classifier.embedding} features, "
            f"{slices.embedding} and {sequence.embedding} are declared"
        )
    return nets


def _slice_net(architecture: SliceArchitecture) -> SliceNet:
    if architecture.head is SliceHead.DENSE:
        return DenseSliceNet(architecture.backbone, width=architecture.width)
    return SliceClassifier(architecture.backbone)


def to_inference(nets: Nets, device: torch.device) -> Nets:
    """The same nets, moved to ``device`` and out of training mode."""
    for net in (nets.localizer, nets.slice_classifier):
        net.to(device).to(memory_format=torch.channels_last).eval()
    nets.sequence.to(device).eval()
    return nets


def _fill(net: nn.Module, bundle: ModelBundle, file_name: str) -> None:
    content = bundle.read(file_name)
    try:
        net.load_state_dict(_upcast(read_safetensors(content)), strict=True)
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BundleError(
            f"Bundle {bundle.name}: {file_name} does not fit its net: {reason}"
        ) from error


def _upcast(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}
