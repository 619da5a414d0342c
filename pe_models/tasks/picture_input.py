"""PictureInput: how one slice or radiograph becomes the input of a picture net."""

from dataclasses import dataclass, replace
from typing import Self

from pe_models.imaging.window import Window


@dataclass(frozen=True, slots=True)
class PictureInput:
    """A square of ``px``, of ``channels`` grey pictures.

    With several ``windows`` each is a channel; a single one fills them all, as with three-channel
    nets of photographs. Without windows the values mean no HU, and the picture's own range is drawn
    from black to white. ``mean`` and ``std`` normalise grey values in [0, 1].
    """

    px: int
    windows: tuple[Window, ...] = ()
    channels: int = 3
    mean: float = 0.5
    std: float = 0.5

    def __post_init__(self) -> None:
        if self.px < 16 or self.channels < 1 or not self.std > 0:
            raise ValueError(f"picture input out of range: {self}")
        if len(self.windows) > 1 and len(self.windows) != self.channels:
            raise ValueError(f"{len(self.windows)} windows do not fill {self.channels} channels")

    def of(self, px: int) -> Self:
        """The same at another size."""
        return replace(self, px=px)
