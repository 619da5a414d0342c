"""Window: the range of HU that is drawn from black to white. Width first, then centre."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MIN_WIDTH_HU: Final = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Linear exact window (PS3.3 C.11.2.1.3.2): black at ``low_hu``, white at ``high_hu``."""

    width_hu: float
    centre_hu: float

    def __post_init__(self) -> None:
        if not self.width_hu >= MIN_WIDTH_HU:
            raise ValueError(f"window width {self.width_hu} is below {MIN_WIDTH_HU} HU")

    @property
    def low_hu(self) -> float:
        return self.centre_hu - self.width_hu / 2

    @property
    def high_hu(self) -> float:
        return self.centre_hu + self.width_hu / 2

    def to_grey(self, hu: NDArray[np.int16]) -> NDArray[np.uint8]:
        """Grey levels 0..255, same shape as ``hu``."""
        scale = np.float32(255.0 / self.width_hu)
        offset = np.float32(0.5 - self.low_hu * 255.0 / self.width_hu)
        grey = np.multiply(hu, scale, dtype=np.float32)
        grey += offset
        np.clip(grey, 0.0, 255.0, out=grey)
        return grey.astype(np.uint8)


PE_WINDOW: Final = Window(700.0, 100.0)
"""The window of the RSNA-PE models, and the one a CTPA opens in."""
