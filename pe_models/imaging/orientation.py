"""Axial slices as the nets know them: rows toward posterior, cols toward the patient's left.

From the Geometry's directions alone. A Volume stored otherwise (a flipped or turned matrix, a
patient lying prone) is turned before the nets see it, or they would take right for left.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Crop
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume
