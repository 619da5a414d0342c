"""Planting: emboli set into a chest, those alone that its slices can show."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from pe_models.phantom.acquisition import Acquisition
from pe_models.phantom.branches import tubes_of
from pe_models.phantom.circulation import Circulation, clot_distance
from pe_models.phantom.clot import Clot
from pe_models.phantom.clot_plan import ClotPlan, outer_sides
from pe_models.phantom.emboli import Emboli, place_emboli
from pe_models.phantom.lung_vessels import LungVessels
from pe_models.phantom.motion import Motion
from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import Canvas, Field, coverage
from pe_models.phantom.spec import PhantomError
from pe_models.phantom.specks import without_specks
from pe_models.phantom.thorax import cavity
from pe_models.phantom.tubes import blurred_distance_on

_ATTEMPTS: Final = 30
_PATIENCE: Final = 4
_ABOUT_MM: Final = 6.0
"""Room about a clot for motion and blur."""
_LEAST_CLOT_MM3: Final = 5.0
"""Less than this no reader would call: a cube of 1.7 mm."""


def with_emboli(
    scene: Scene,
    seed: int,
    plan: ClotPlan,
    acquisition: Acquisition,
    motion: Motion,
) -> Scene:
    """With the emboli of ``plan`` that the slices show; enough of them, as ``_is_enough`` says.

    Raises PhantomError where there is no place for them.
    """
    for attempt in range(_ATTEMPTS):
        emboli = place_emboli(seed, attempt, scene.circulation.vessels.artery_tree, plan)
        whole = replace(scene, circulation=_planted(scene.circulation, emboli, seed))
        visible = tuple(c for c in emboli.clots if _is_visible(c, whole, acquisition, motion))
        if _is_enough(visible, plan, attempt):
            return replace(whole, circulation=replace(whole.circulation, clots=visible))
    raise PhantomError(
        f"Phantom {seed} has no place for the clots asked for at this spacing and matrix; "
        "use thinner slices, a larger matrix, or another seed."
    )


def _is_enough(visible: tuple[Clot, ...], plan: ClotPlan, attempt: int) -> bool:
    """Whether so many are seen: all that were asked for, or, of a drawn plan, some on each side.

    After _PATIENCE attempts any clot of a drawn plan will do.
    """
    if all(wanted.side is None for wanted in plan):
        return len(visible) == len(plan)
    seen = {clot.side for clot in visible}
    return bool(visible) and (attempt >= _PATIENCE or outer_sides(plan) <= seen)


def _planted(plain: Circulation, emboli: Emboli, seed: int) -> Circulation:
    flow = plain.flow
    if emboli.starved:
        starved = tubes_of(tuple(emboli.arteries[place] for place in emboli.starved))
        flow = flow.beyond_clots(seed, starved)
    vessels = LungVessels.of(emboli.arteries, plain.vessels.vein_tree)
    return replace(plain, vessels=vessels, clots=emboli.clots, flow=flow)


def _is_visible(clot: Clot, scene: Scene, acquisition: Acquisition, motion: Motion) -> bool:
    """Whether enough voxels are clot for the most part, motion, fluid and nodules considered."""
    up, down, across = acquisition.geometry.spacing_mm
    seen_mm3 = 0.0
    for canvases in _slices_about(clot, scene, acquisition, motion):
        cover = np.mean([_cover(canvas, clot, scene) for canvas in canvases], axis=0)
        voxels = without_specks((cover >= 0.5).astype(np.uint8), down * across)
        seen_mm3 += up * down * across * float(voxels.sum())
        if seen_mm3 >= _LEAST_CLOT_MM3:
            return True
    return False


def _slices_about(
    clot: Clot, scene: Scene, acquisition: Acquisition, motion: Motion
) -> Iterator[list[Canvas]]:
    """The canvases, about the clot alone, of every slice that may meet it."""
    geometry, scale_z = acquisition.geometry, scene.habitus.scale[2]
    ends = np.concatenate([clot.body.start[:, 2], clot.body.end[:, 2]]) * scale_z
    low, high = (np.array([ends.min(), ends.max()]) - geometry.origin_mm[2]) / geometry.spacing_mm[
        0
    ]
    whole = slice(0, geometry.shape[1]), slice(0, geometry.shape[2])
    for index in range(max(0, int(low)), min(geometry.n_slices, int(high) + 2)):
        canvases = acquisition.canvases(index, whole, scene.habitus, motion)
        # One box for all: they are one slice, whatever has moved in it.
        box = clot.body.place_on(canvases[0], _ABOUT_MM)
        yield [canvas.part(box) for canvas in canvases]


def _cover(part: Canvas, clot: Clot, scene: Scene) -> Field:
    arteries = blurred_distance_on(part, scene.circulation.vessels.arteries)
    distance = clot_distance(part, clot, arteries, scene.textures)
    inner = cavity(scene.habitus, part.x, part.y, part.z)
    buried = (
        lumps.hides(part, scene.textures) for lumps in (scene.bullae, scene.nodules, scene.bumps)
    )
    hidden = np.maximum.reduce([scene.pleura.hides(part, inner), *buried])
    seen: Field = coverage(distance, part.edge_mm) * (1.0 - hidden)
    return seen
