"""The average of a net's weights over steps: what a stage keeps."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pe_models.training.config.stage import StageConfig


class Averaged:
    """A moving average of ``net``'s weights, or the mean of the last steps' where wanted.

    A moving average is of all steps while they are few, so that the start does not linger.
    """

    def __init__(self, net: nn.Module, config: StageConfig) -> None:
        self._net, self._config = net, config
        decay = 1.0 if config.average_last else config.ema_decay
        self.model = AveragedModel(net, multi_avg_fn=_moving(decay), use_buffers=True)

    @property
    def net(self) -> nn.Module:
        """The net with the averaged weights."""
        module: nn.Module = self.model.module
        return module

    def update(self, done: int) -> None:
        """Takes the weights after ``done`` steps in."""
        last = self._config.average_last
        if last and done <= self._config.steps - last + 1:
            self.model.n_averaged.zero_()
        self.model.update_parameters(self._net)


def _moving(decay: float) -> Callable[..., None]:
    def update(averaged: list[Tensor], current: list[Tensor], n_averaged: Tensor) -> None:
        keep = min(decay, 1.0 - 1.0 / (int(n_averaged) + 1))
        get_ema_multi_avg_fn(keep)(averaged, current, n_averaged)  # type: ignore[no-untyped-call]

    return update
