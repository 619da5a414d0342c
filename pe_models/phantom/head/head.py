"""Head: one head with its bleeds, and the order in which one of its slices is painted."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.head.bleeds.bleed import Bleed
from pe_models.phantom.head.bleeds.plan import draw_bleeds
from pe_models.phantom.head.brain import Brain, Spaces
from pe_models.phantom.head.cranium import Cranium, Shell
from pe_models.phantom.head.face import Face
from pe_models.phantom.head.lookalikes import Lookalikes, draw_head_mimics
from pe_models.phantom.head.pose import Plane, Pose
from pe_models.phantom.head.random_field import RandomField
from pe_models.phantom.head.spec import BleedKind, HeadMimic, HeadSpec
from pe_models.phantom.shapes import Canvas, Field, coverage

KINDS: Final = tuple(BleedKind)
"""In the order of every array ``[..., kind]``."""
_OEDEMA_HU: Final = 20.0
_BLOOD_TEXTURE_HU: Final = 3.5
_UNLIKE_MM: Final = np.float32(2.0)
"""Root mean square of how far a point of one brain lies from where another's lies."""
_APART_MM: Final = 500.0
"""Between what the same field gives for two directions, so that they are independent."""
_SHAPE_EVERY_PX: Final = 8
_BRAIN_TEXTURE_HU: Final = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One head before it is scanned."""

    pose: Pose
    cranium: Cranium
    face: Face
    brain: Brain
    bleeds: tuple[Bleed, ...]
    mimics: frozenset[HeadMimic]
    lookalikes: Lookalikes
    shape: RandomField
    texture: RandomField

    @classmethod
    def build(cls, seed: int, spec: HeadSpec) -> Self:
        mimics = draw_head_mimics(seed, spec.mimics)
        return cls(
            pose=Pose.draw(seed),
            cranium=Cranium.draw(seed),
            face=Face.draw(seed),
            brain=Brain.draw(seed, has_dense_sinuses=HeadMimic.DENSE_SINUSES in mimics),
            bleeds=draw_bleeds(seed, spec),
            mimics=mimics,
            lookalikes=Lookalikes.draw(seed, mimics),
            shape=RandomField.make(seed, "brain shape", 22.0),
            texture=RandomField.make(seed, "tissue", 3.0),
        )

    def paint(self, canvas: Canvas) -> NDArray[np.float32]:
        """Paints one slice on air; how much of each pixel is blood (kind, row, col)."""
        plane = self.pose.plane(canvas)
        shell = self.cranium.shell(plane)
        self.face.paint_tissue(plane)
        self.cranium.paint(plane, shell)
        self.face.paint(plane, shell)
        moved = self._moved(plane, shell)
        spaces = self.brain.spaces(moved, shell, self._pushed_in(plane))
        self.brain.paint(moved, spaces)
        texture = self.texture.across(plane.x, plane.y, plane.z, every_px=2)
        plane.paint(coverage(spaces.brain, plane.edge_mm), plane.hu + _BRAIN_TEXTURE_HU * texture)
        self.lookalikes.paint(moved, spaces)
        blood = self._bleed(plane, spaces, texture)
        self.lookalikes.harden(plane, shell.cavity)
        return blood

    def _moved(self, plane: Plane, shell: Shell) -> Plane:
        """The slice as the brain has it: no two are shaped alike, and masses push it aside.

        The skull holds it: at the inner table nothing moves.
        """
        aside = self._unlike(plane, 0.0)
        back = self._unlike(plane, _APART_MM)
        for bleed in self.bleeds:
            if bleed.push is not None:
                aside += bleed.push.at(plane)
        held = 1.0 - np.clip(shell.rim, 0.0, 1.0) ** 4
        return replace(plane, x=plane.x - aside * held, y=plane.y - back * held)

    def _unlike(self, plane: Plane, apart_mm: float) -> Field:
        far = np.float32(apart_mm)
        return _UNLIKE_MM * self.shape.across(
            plane.x + far, plane.y, plane.z, every_px=_SHAPE_EVERY_PX
        )

    def _pushed_in(self, plane: Plane) -> Field:
        depth = np.zeros_like(plane.hu)
        for bleed in self.bleeds:
            np.maximum(depth, bleed.depth_mm(plane), out=depth)
        return depth

    def _bleed(self, plane: Plane, spaces: Spaces, texture: Field) -> NDArray[np.float32]:
        """Blood over its swelling; what a later bleed covers is no longer the earlier's."""
        blood = np.zeros((len(KINDS), *plane.hu.shape), np.float32)
        for bleed in self.bleeds:
            swollen = coverage(bleed.oedema(plane, spaces), 3.0)
            plane.paint(swollen, _OEDEMA_HU)
        for bleed in self.bleeds:
            cover = coverage(bleed.distance(plane, spaces), plane.edge_mm)
            plane.paint(cover, bleed.blood_hu(plane) + _BLOOD_TEXTURE_HU * texture)
            blood *= 1.0 - cover
            blood[KINDS.index(bleed.kind)] += cover
        return blood
