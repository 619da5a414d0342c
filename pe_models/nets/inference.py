"""A slice net put to use: inference mode, and float32 on every processor."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import torch
from torch import Tensor

from pe_models.nets.load import SliceNet
from pe_models.nets.openvino_engine import Net, openvino_engine
from pe_models.nets.slice_output import SliceOutput
from pe_models.parallel import map_threads
from pe_models.progress import CancelToken

AnyNet = TypeVar("AnyNet", bound=Net)
Item = TypeVar("Item")
Result = TypeVar("Result")

Engine = Callable[[Tensor], tuple[Tensor, ...]]
"""Another way to compute a net's ``encode``."""


def slice_output(net: SliceNet, x: Tensor, engine: Engine | None = None) -> SliceOutput:
    """What ``net`` says of ``x`` (batch, channel, row, col), in float32, without gradients.

    Not in bfloat16 where the processor has it: that moved scores by up to 0.05, so that a study
    would have had other flags on another machine.
    """
    with torch.inference_mode():
        return net.read(*(net.encode(x) if engine is None else engine(x)))


@dataclass(frozen=True, slots=True, eq=False)
class NetReader(Generic[AnyNet]):
    """A net whose weights stay as they are, and what computes its convolutions."""

    net: AnyNet
    engine: Engine | None = None

    @classmethod
    def of(cls, net: AnyNet, *, is_final: bool = True) -> Self:
        """``net``, in inference mode on its device; on a CPU with an engine, where there is one.

        The engine of a net that ``is_final`` is kept in the cache for the next time.
        """
        if next(net.parameters()).device.type != "cpu":
            return cls(net)
        return cls(net, openvino_engine(net, is_kept=is_final))

    @property
    def n_at_once(self) -> int:
        """How many calls it takes side by side: an engine computes each on a thread of its own."""
        return 1 if self.engine is None else torch.get_num_threads()


@dataclass(frozen=True, slots=True, eq=False)
class SliceReader(NetReader[SliceNet]):
    """Reads slices, each by itself."""

    def __call__(self, x: Tensor) -> SliceOutput:
        """As ``slice_output``."""
        return slice_output(self.net, x, self.engine)

    def each(
        self, items: Iterable[Item], input_of: Callable[[Item], Tensor]
    ) -> Iterator[SliceOutput]:
        """What the net says of the input of each of ``items``, in their order."""
        return inferred(lambda item: self(input_of(item)), items, n_at_once=self.n_at_once)


def inferred(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    n_at_once: int,
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """``work`` on each of ``items`` without gradients, in their order, a few of them at once.

    Raises Cancelled between items once ``cancel`` is set, and what ``work`` raises.
    """

    def of(item: Item) -> Result:
        if cancel is not None:
            cancel.raise_if_cancelled()
        with torch.inference_mode():
            return work(item)

    if n_at_once == 1:
        return map(of, items)
    return map_threads(of, items, n_threads=n_at_once, cancel=cancel)
