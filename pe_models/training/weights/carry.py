"""A stage that is not trained keeps a bundle's weights: its checkpoint says it is done already."""

from pathlib import Path

from torch import nn
from torch.optim.swa_utils import AveragedModel

from pe_models.training.config import StageConfig
from pe_models.training.loop.checkpoint import Checkpoint, save_checkpoint
from pe_models.training.loop.optimizing import make_optimizer


def save_finished(checkpoint_file: Path, net: nn.Module, stage: str, config: StageConfig) -> None:
    """A checkpoint of ``stage`` as if its last step had ended with the weights of ``net``."""
    save_checkpoint(
        checkpoint_file,
        Checkpoint(
            stage,
            config.steps,
            net.state_dict(),
            AveragedModel(net, use_buffers=True).state_dict(),
            make_optimizer(net, config).state_dict(),
        ),
    )
