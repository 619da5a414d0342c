"""Bundles of tiny untrained picture nets, made the same way each time."""

from pathlib import Path

from pe_models.bundle import (
    PICTURE_FILE,
    BundleCard,
    PictureArchitecture,
    PictureBundle,
    PictureSpec,
    write_picture_bundle,
)
from pe_models.tasks import Task

CARD = BundleCard("nothing", "tests", "untrained", "Apache-2.0")


def spec_of(
    task: Task, net: str = "test_resnet", *, width: float = 1.0, px: int = 32
) -> PictureSpec:
    return PictureSpec(
        name=f"{task.key}-tiny",
        version="1",
        task=task.key,
        created="2026-11-21",
        picture=task.picture.of(px),
        architecture=PictureArchitecture(net, width),
        labels=task.labels,
        thresholds=dict.fromkeys(task.labels, 0.5),
        calibrated_on="phantoms",
        card=CARD,
    )


def write_tiny(folder: Path, spec: PictureSpec, *, bias: float = 0.0) -> PictureBundle:
    """In ``folder``, under its name; ``bias`` is that of the logit of each label."""
    import torch

    from pe_models.nets.pictures import build_picture_net
    from pe_models.nets.save import half_weights

    torch.manual_seed(7)
    net = build_picture_net(spec.architecture, spec.picture, n_labels=len(spec.labels))
    with torch.no_grad():
        net.head.bias.fill_(bias)
    return write_picture_bundle(folder / spec.name, spec, {PICTURE_FILE: half_weights(net)})
