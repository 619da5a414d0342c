"""Where the cells of a net's grid lie on its input: the arithmetic of receptive fields.

A cell looks at its input symmetrically about one place (Araujo, Norris and Sim, Distill 2019,
10.23915/distill.00021). Cells do not cover the input evenly: after five strides of 2 with 3x3
convolutions padded by one, the first is centred on the first pixel and not 16 pixels further in.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from timm.layers import AvgPool2dSame, Conv2dSame
from timm.layers.pool2d_same import MaxPool2dSame
from torch import Tensor, nn

GridShape = tuple[int, int]
"""Rows and columns."""


@dataclass(frozen=True, slots=True)
class CellLine:
    """Cells along one side of an input: the middle of cell k lies at ``first_px + k * step_px``.

    In pixels of the input, whose own middles lie at 0, 1, 2 ...
    """

    first_px: float
    step_px: float

    def after(self, *, kernel: int, stride: int, before: int) -> Self:
        """The cells of a layer whose ``kernel`` looks at these, ``before`` of them padding."""
        middle = (kernel - 1) / 2 - before
        return type(self)(self.first_px + middle * self.step_px, stride * self.step_px)

    @classmethod
    def even(cls, n_cells: int, n_pixels: int) -> Self:
        """Cells that cover a side of ``n_pixels`` from end to end."""
        step_px = n_pixels / n_cells
        return cls((step_px - 1) / 2, step_px)


@dataclass(frozen=True, slots=True)
class CellPlaces:
    """The cells of a grid along rows and along columns."""

    rows: CellLine
    cols: CellLine

    @classmethod
    def even(cls, grid: GridShape, pixels: GridShape) -> Self:
        """Cells that cover an input from edge to edge."""
        return cls(CellLine.even(grid[0], pixels[0]), CellLine.even(grid[1], pixels[1]))


_PIXELS: Final = CellPlaces(CellLine(0.0, 1.0), CellLine(0.0, 1.0))


@contextmanager
def traced_cells(net: nn.Module) -> Iterator[Mapping[GridShape, CellPlaces]]:
    """The places of every grid that forward passes of ``net`` meet within, by the grid's shape.

    Convolutions and poolings count, as modules. Where branches of a net meet at one shape, the
    first one's places stand for all: exact but for nets whose shortcuts pool (resnet50d), where
    the truth lies up to a quarter of a cell beside.
    """
    known: dict[GridShape, CellPlaces] = {}
    layers = [layer for layer in net.modules() if isinstance(layer, _LOOKING)]
    hooks = [layer.register_forward_hook(partial(_note, known)) for layer in layers]
    try:
        yield known
    finally:
        for hook in hooks:
            hook.remove()


_LOOKING: Final = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
_PADDED_AS_NEEDED: Final = (Conv2dSame, MaxPool2dSame, AvgPool2dSame)
"""As TensorFlow pads: as much as the size asks for, the odd pixel at the end."""


def _note(
    known: dict[GridShape, CellPlaces], layer: nn.Module, args: tuple[Tensor, ...], out: Tensor
) -> None:
    given = _shape(args[0])
    places = known.setdefault(given, _PIXELS) if not known else known.get(given)
    if places is not None:
        known.setdefault(
            _shape(out),
            CellPlaces(
                _after(places.rows, layer, 0, given[0]), _after(places.cols, layer, 1, given[1])
            ),
        )


def _after(line: CellLine, layer: nn.Module, axis: int, n_cells: int) -> CellLine:
    along: Callable[[str], int] = partial(_along, layer, axis)
    kernel, stride = (along("kernel_size") - 1) * along("dilation") + 1, along("stride")
    if isinstance(layer, _PADDED_AS_NEEDED):
        padding = max(0, (-(-n_cells // stride) - 1) * stride + kernel - n_cells)
        return line.after(kernel=kernel, stride=stride, before=padding // 2)
    if layer.padding == "same":
        return line.after(kernel=kernel, stride=stride, before=(kernel - 1) // 2)
    return line.after(kernel=kernel, stride=stride, before=along("padding"))


def _along(layer: nn.Module, axis: int, name: str) -> int:
    value = getattr(layer, name, 1)  # average pooling knows no dilation
    return int(value[axis] if isinstance(value, tuple) else value)


def _shape(grid: Tensor) -> GridShape:
    return int(grid.shape[-2]), int(grid.shape[-1])
