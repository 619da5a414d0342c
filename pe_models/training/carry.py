"""A stage that is not trained keeps a bundle's weights: its checkpoint says it is done already."""

from torch import nn
from torch.optim.swa_utils import AveragedModel

from pe_models.training.checkpoint import Checkpoint, save_checkpoint
from pe_models.training.config import StageConfig
from pe_models.training.optimizing import make_optimizer
from pe_models.training.run import RunFolder


def carry_stage(net: nn.Module, stage: str, config: StageConfig, run: RunFolder) -> None:
    """Writes a finished checkpoint of ``stage`` with the weights of ``net``, where none is."""
    path = run.checkpoint_file(stage)
    if path.exists():
        return
    save_checkpoint(
        path,
        Checkpoint(
            stage,
            config.steps,
            net.state_dict(),
            AveragedModel(net, use_buffers=True).state_dict(),
            make_optimizer(net, config).state_dict(),
        ),
    )
