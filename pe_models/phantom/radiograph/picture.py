"""make_radiograph: one picture of one chest, with what it shows and where."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.chance import stream
from pe_models.phantom.radiograph.chest import Chest, in_slabs
from pe_models.phantom.radiograph.filling import Filling
from pe_models.phantom.radiograph.film import Film
from pe_models.phantom.radiograph.lines import add_letter, add_lines, draw_lines
from pe_models.phantom.radiograph.mimics import Lookalike, add_lookalike, draw_lookalikes
from pe_models.phantom.radiograph.pneumonia import Form, draw_pneumonia
from pe_models.phantom.radiograph.view import View
from pe_models.phantom.spec import PhantomError

LEAST_PX, MOST_PX = 64, 2048
_SEEN_SHARE: Final = 0.3
_LEAST_SEEN_MM: Final = 4.0
"""An opacity's box holds what adds this share of its peak, and so many mm of water, to the beam."""
_LEAST_PEAK_MM: Final = 35.0
"""Below this nobody sees an opacity behind ribs and noise."""
_LEAST_SIDE_MM: Final = 45.0
_CLEAR_LUNG_MM: Final = 60.0
"""Where less lung lies along the beam, diaphragm, heart or chest wall hide what fills it."""
_MOST_TRIALS: Final = 40


@dataclass(frozen=True, slots=True)
class Box:
    """Where an opacity lies: pixels from the left and the top edge of the picture, as RSNA's."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RadiographTruth:
    """What one picture shows. ``forms`` and ``boxes`` go together; () without pneumonia."""

    forms: tuple[Form, ...]
    boxes: tuple[Box, ...]
    lookalikes: tuple[Lookalike, ...]
    hardware: tuple[str, ...]
    n_lines: int

    @property
    def is_pneumonia(self) -> bool:
        return bool(self.boxes)

    @property
    def detailed_class(self) -> str:
        """In the words of RSNA 2018's second table."""
        if self.is_pneumonia:
            return "Lung Opacity"
        return "No Lung Opacity / Not Normal" if self.lookalikes else "Normal"

    def to_dict(self) -> dict[str, Any]:
        return {
            "forms": [form.value for form in self.forms],
            "boxes": [[box.x, box.y, box.width, box.height] for box in self.boxes],
            "lookalikes": [kind.value for kind in self.lookalikes],
            "hardware": list(self.hardware),
            "n_lines": self.n_lines,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """``grey`` (row, col), 8 bits, bright where much is in the way; the patient's left is right."""

    grey: NDArray[np.uint8]
    pitch_mm: float
    view: View
    truth: RadiographTruth


def make_radiograph(chest: Chest, place: int, *, px: int, is_pneumonia: bool) -> Radiograph:
    """Picture ``place`` of ``chest``; equal arguments give equal pixels.

    Raises PhantomError for a size that no picture has.
    """
    if not LEAST_PX <= px <= MOST_PX:
        raise PhantomError(
            f"A radiograph has {LEAST_PX} to {MOST_PX} pixels a side; {px} were asked for."
        )
    rng = stream(chest.seed, "radiograph", place)
    view = View.draw(rng)
    filling = Filling.of(chest.lungs)
    lookalikes = draw_lookalikes(rng)
    for kind in sorted(lookalikes):
        add_lookalike(kind, filling, chest.scene, view.position, rng)
    found = _Found((), ())
    if is_pneumonia:
        found = _with_pneumonia(filling, chest, view, px, rng)
    added = in_slabs(filling.density - chest.lungs.density)
    water = view.project(chest.slabs, chest, px) + view.project(added, chest, px)
    lines = draw_lines(view, rng)
    add_lines(water, lines, chest, view)
    grey = Film.draw(rng, view.position).expose(water, view.field_mm / px, rng)
    add_letter(grey, rng)
    truth = RadiographTruth(found.forms, found.boxes, tuple(sorted(lookalikes)),
                            tuple(sorted(chest.mimics)), len(lines))  # fmt: skip
    return Radiograph(np.rint(grey * 255.0).astype(np.uint8), view.field_mm / px, view, truth)


@dataclass(frozen=True, slots=True)
class _Found:
    forms: tuple[Form, ...]
    boxes: tuple[Box, ...]

    def and_one(self, form: Form, box: Box) -> "_Found":
        return replace(self, forms=(*self.forms, form), boxes=(*self.boxes, box))


def _with_pneumonia(
    filling: Filling, chest: Chest, view: View, px: int, rng: np.random.Generator
) -> _Found:
    """Fills the lungs with opacities of which a reader could see one at least."""
    before = filling.density.copy()
    fissures = chest.scene.opacities.fissures
    is_clear = view.project(in_slabs(chest.lungs.cover), chest, px) > _CLEAR_LUNG_MM
    for _ in range(_MOST_TRIALS):
        found = _Found((), ())
        for opacity in draw_pneumonia(chest.lungs, rng):
            place, added = opacity.fill(filling, fissures, rng)
            shadow = view.project(in_slabs(filling.whole(place, added)), chest, px)
            box = _box_of(shadow * is_clear, view.field_mm / px)
            if box is not None:
                found = found.and_one(opacity.form, box)
        if found.boxes:
            return found
        filling.density[...] = before
    raise PhantomError(f"No pneumonia shows on a radiograph of the chest of seed {chest.seed}.")


def _box_of(shadow: NDArray[np.float32], pitch_mm: float) -> Box | None:
    """The box of what an opacity adds before lung (row, col; mm of water); None where nobody sees
    it.
    """
    peak = float(shadow.max())
    if peak < _LEAST_PEAK_MM:
        return None
    seen = shadow > max(_SEEN_SHARE * peak, _LEAST_SEEN_MM)
    rows, cols = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    width, height = int(cols[-1] - cols[0] + 1), int(rows[-1] - rows[0] + 1)
    if min(width, height) * pitch_mm < _LEAST_SIDE_MM:
        return None
    return Box(int(cols[0]), int(rows[0]), width, height)
