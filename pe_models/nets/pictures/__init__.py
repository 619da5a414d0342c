"""Nets that judge one slice or radiograph for itself, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.nets.pictures.custom_cnn import CustomCnn
from pe_models.nets.pictures.picture_net import PictureNet
from pe_models.nets.pictures.simple_cnn import SimpleCnn
from pe_models.nets.pictures.small_cnn import CNNS, SmallCnn
from pe_models.nets.pictures.timm_net import TimmNet
from pe_models.tasks import PictureInput

NetFactory = Callable[[PictureInput, int, float], PictureNet]
"""(input, number of labels, share of the original widths) -> a net with fresh weights."""

OWN_NETS: Final[Mapping[str, NetFactory]] = MappingProxyType(
    {
        **{name: partial(SmallCnn, description) for name, description in CNNS.items()},
        "custom-cnn": CustomCnn,
        "simple-cnn": SimpleCnn,
    }
)
"""Our own nets by name; any other name is a backbone that timm knows."""


def build_picture_net(
    architecture: PictureArchitecture, params: PictureInput, *, n_labels: int
) -> PictureNet:
    """Raises RuntimeError for a name that neither we nor timm know."""
    if architecture.net in OWN_NETS:
        return OWN_NETS[architecture.net](params, n_labels, architecture.width)
    return TimmNet(architecture.net, channels=params.channels, n_labels=n_labels)


__all__ = ["OWN_NETS", "NetFactory", "PictureNet", "TimmNet", "build_picture_net"]
