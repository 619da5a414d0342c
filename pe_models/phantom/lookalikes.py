"""Where in a chest the things lie that may be taken for emboli: hard negatives with an address."""

from collections.abc import Iterator

from pe_models.phantom.scars import middles
from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import Point
from pe_models.phantom.spec import Mimic
from pe_models.phantom.tubes import Tubes

NODE = "node"
NODULE = "nodule"
BUMP = "bump"
CROTCH = "crotch"


def lookalikes(scene: Scene) -> Iterator[tuple[str, Point]]:
    """Kind and centre (mm of the reference chest) of each; kinds are those above and Mimics."""
    for node in scene.hilum.nodes:
        yield NODE, _middle(node.body)
    for crotch in scene.crotches.each:
        yield CROTCH, _middle(crotch.body)
    if scene.scars is not None:
        yield from ((Mimic.HILAR_SCAR.value, place) for place in middles(scene.scars))
    for patch in scene.circulation.flow.vein_patches:
        yield Mimic.MIXED_VEINS.value, patch.centre
    for patch in scene.circulation.flow.patches:
        yield Mimic.FLOW_ARTIFACT.value, patch.centre
    for opacity in scene.opacities.each:
        yield opacity.kind.value, opacity.centre
    for nodule in scene.nodules.each:
        yield NODULE, nodule.centre
    for bump in scene.bumps.each:
        yield BUMP, bump.centre
    for plug in scene.airways.plugs:
        yield Mimic.MUCUS.value, _middle(plug)
    if scene.defect is not None:
        yield Mimic.FILLING_DEFECT.value, scene.defect.centre


def _middle(tubes: Tubes) -> Point:
    x, y, z = 0.5 * (tubes.start + tubes.end).mean(axis=0)
    return float(x), float(y), float(z)
