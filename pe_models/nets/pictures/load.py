"""A PictureBundle becomes a net."""

import torch

from pe_models.bundle import PICTURE_FILE, PictureBundle
from pe_models.errors import BundleError
from pe_models.nets.load import fill_net
from pe_models.nets.pictures import PictureNet, build_picture_net


def load_picture_net(bundle: PictureBundle, device: torch.device) -> PictureNet:
    """The net of ``bundle`` on ``device``: float32, inference mode, channels_last.

    Raises BundleError where it cannot be built or its weights do not fit.
    """
    spec = bundle.spec
    try:
        net = build_picture_net(spec.architecture, spec.picture, n_labels=len(spec.labels))
    except (RuntimeError, ValueError, KeyError) as error:
        raise BundleError(f"Bundle {bundle.name}: its net cannot be built: {error}") from error
    fill_net(net, bundle, PICTURE_FILE)
    return net.to(device).to(memory_format=torch.channels_last).eval()
