"""True filling defects that are not pulmonary emboli: thrombus or tumour in veins, atrium, cava."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.branches import Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.great import Great, GreatVessels
from pe_models.phantom.heart import Heart
from pe_models.phantom.shapes import Canvas, Point, ellipsoid
from pe_models.phantom.spec import Level
from pe_models.phantom.texture import Texture
from pe_models.phantom.tubes import Tubes, distance_on

_APPENDAGE: Final = (40.0, -20.0, -46.0)


@dataclass(frozen=True, slots=True, eq=False)
class FillingDefect:
    """A lobulated body within ``host``, the blood that holds it; None is the left atrium."""

    centre: Point
    radii: Point
    hu: float
    host: Tubes | None
    heart: Heart

    @classmethod
    def draw(cls, seed: int, heart: Heart, great: GreatVessels, veins: Tree, pieces: Tubes) -> Self:
        rng = stream(seed, "filling defect")
        choice = int(rng.integers(3))
        if choice == 0:
            centre, host = np.asarray(_APPENDAGE), None
        elif choice == 1:
            host = great.tubes[Great.SUPERIOR_CAVA]
            centre = host.start[int(rng.integers(len(host) // 3))]
        else:
            trunks = [b for b in veins if b.level is Level.CENTRAL]
            trunk = trunks[int(rng.integers(len(trunks)))]
            centre, host = trunk.points[len(trunk.points) // 2], pieces
        a, b, c = rng.uniform((5, 4, 5), (13, 9, 16))
        x, y, z = (float(v) for v in centre + rng.normal(0, 2.0, size=3))
        return cls((x, y, z), (float(a), float(b), float(c)), float(rng.uniform(25, 85)), host,
                   heart)  # fmt: skip

    def paint(self, canvas: Canvas, coarse: Texture) -> None:
        x, y, z = self.centre
        reach = 1.5 * max(self.radii) + 4.0
        part = canvas.box((x - reach, x + reach), (y - reach, y + reach))
        if abs(z - canvas.z) > reach or part.is_empty:
            return
        if self.host is None:
            inside = self.heart.fields(part.x, part.y, part.z).left_atrium
        else:
            inside = distance_on(part, self.host, margin_mm=2.0)
        lumps = coarse.on(part)
        body = ellipsoid(part.x, part.y, part.z, self.centre, self.radii) + 1.2 * lumps
        part.paint(np.maximum(body, inside), self.hu + 6.0 * lumps)
