"""A ModelBundle, or an Architecture, becomes nets."""

from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_safetensors
from torch import Tensor, nn

from pe_models.bundle import (
    HEART_FILE,
    LOCALIZER_FILE,
    REFINER_FILE,
    AnyBundle,
    Architecture,
    Member,
    ModelBundle,
    SliceArchitecture,
    SliceHead,
    member_files,
)
from pe_models.errors import BundleError
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.heart_maps import HeartReader
from pe_models.nets.heart_net import HeartNet
from pe_models.nets.localizer import Localizer
from pe_models.nets.refiner import Refiner
from pe_models.nets.sequence import SequenceNet
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.nets.slice_description import N_REFINED

SliceNet = SliceClassifier | DenseSliceNet


@dataclass(frozen=True, slots=True)
class MemberNets:
    """A slice net, and the sequence net that reads its embeddings."""

    slice_classifier: SliceNet
    sequence: SequenceNet


@dataclass(frozen=True, slots=True)
class Nets:
    """The nets of a bundle, in inference mode, on one device.

    Its scores are the mean of those of its members: the slice net and sequence net named here, and
    ``others``. A ``refiner`` goes over the maps of the one slice net.
    """

    localizer: Localizer
    slice_classifier: SliceNet
    sequence: SequenceNet
    others: tuple[MemberNets, ...] = ()
    refiner: Refiner | None = None

    @property
    def members(self) -> tuple[MemberNets, ...]:
        return (MemberNets(self.slice_classifier, self.sequence), *self.others)


def load_nets(bundle: ModelBundle, device: torch.device) -> Nets:
    """Nets of ``bundle`` on ``device``: float32, inference mode, channels_last.

    Raises BundleError where the weights do not fit the architecture.
    """
    try:
        nets = build_nets(bundle.architecture, n_labels=len(bundle.labels))
    except (RuntimeError, ValueError, KeyError) as error:
        raise BundleError(f"Bundle {bundle.name}: its nets cannot be built: {error}") from error
    channels = {member.slice_classifier.channels for member in bundle.architecture.members}
    if channels != {bundle.preprocessing.channels}:
        raise BundleError(
            f"Bundle {bundle.name}: its nets take another number of channels than its "
            "preprocessing gives them."
        )
    fill_net(nets.localizer, bundle, LOCALIZER_FILE)
    for index, member in enumerate(nets.members):
        slices_file, sequence_file = member_files(index)
        fill_net(member.slice_classifier, bundle, slices_file)
        fill_net(member.sequence, bundle, sequence_file)
    if nets.refiner is not None:
        fill_net(nets.refiner, bundle, REFINER_FILE)
    return to_inference(nets, device)


def load_heart_reader(bundle: ModelBundle, device: torch.device) -> HeartReader | None:
    """The heart's net of ``bundle``, put to use; None where it has none. Raises BundleError."""
    if bundle.heart is None:
        return None
    net = HeartNet(bundle.heart.width)
    fill_net(net, bundle, HEART_FILE)
    net.to(device).to(memory_format=torch.channels_last).eval()
    return HeartReader(net, bundle.heart.preprocessing)


def build_nets(architecture: Architecture, *, n_labels: int) -> Nets:
    """Nets with fresh weights. Raises RuntimeError for a backbone that timm does not know."""
    localizer = Localizer(architecture.localizer_backbone)
    n_refined = 0 if architecture.refiner is None else N_REFINED
    first, *others = (_member(member, n_labels, n_refined) for member in architecture.members)
    refiner = None if architecture.refiner is None else Refiner(architecture.refiner)
    return Nets(localizer, first.slice_classifier, first.sequence, tuple(others), refiner)


def _member(member: Member, n_labels: int, n_refined: int) -> MemberNets:
    """Raises ValueError where its sequence net does not read what its slice net, and a refiner that
    adds ``n_refined`` numbers, give it.
    """
    slices, sequence = member.slice_classifier, member.sequence
    nets = MemberNets(
        _slice_net(slices),
        SequenceNet(
            embedding=sequence.embedding,
            bottleneck=sequence.bottleneck,
            hidden=sequence.hidden,
            ends_in_logit=sequence.ends_in_logit,
            n_evidence=sequence.n_evidence,
            n_labels=n_labels,
            steps=sequence.steps,
            masks_padding=sequence.masks_padding,
            attention=sequence.attention,
        ),
    )
    given = nets.slice_classifier.embedding
    if not given == slices.embedding == sequence.embedding - n_refined:
        more = f" and {n_refined} refined ones" if n_refined else ""
        raise ValueError(
            f"{slices.backbone} gives {given} features{more}, "
            f"{slices.embedding} and {sequence.embedding} are declared"
        )
    return nets


def _slice_net(architecture: SliceArchitecture) -> SliceNet:
    if architecture.head is SliceHead.DENSE:
        return DenseSliceNet(
            architecture.backbone, width=architecture.width, channels=architecture.channels
        )
    return SliceClassifier(architecture.backbone, channels=architecture.channels)


def to_inference(nets: Nets, device: torch.device) -> Nets:
    """The same nets, moved to ``device`` and out of training mode."""
    for net in (nets.localizer, *(member.slice_classifier for member in nets.members)):
        net.to(device).to(memory_format=torch.channels_last).eval()
    for member in nets.members:
        member.sequence.to(device).eval()
    if nets.refiner is not None:
        nets.refiner.to(device).to(memory_format=torch.channels_last_3d).eval()
    return nets


def fill_net(net: nn.Module, bundle: AnyBundle, file_name: str) -> None:
    """Fills ``net`` with the weights in a file of ``bundle``. Raises BundleError."""
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
