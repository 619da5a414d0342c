"""Where in a chest the things lie that may be taken for emboli: hard negatives with an address."""

from collections.abc import Iterator

from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import Point
from pe_models.phantom.spec import Mimic
from pe_models.phantom.tubes import Tubes

NODE = "node"
NODULE = "nodule"


def lookalikes(scene: Scene) -> Iterator[tuple[str, Point]]:
    """Kind and centre (mm of the reference chest) of each; kinds are Mimics, NODE and NODULE."""
    for node in scene.hilum.nodes:
        yield NODE, _middle(node.body)
    for patch in scene.circulation.flow.patches:
        yield Mimic.FLOW_ARTIFACT.value, patch.centre
    for opacity in scene.opacities.each:
        yield opacity.kind.value, opacity.centre
    for nodule in scene.nodules.each:
        yield NODULE, nodule.centre
    for plug in scene.airways.plugs:
        yield Mimic.MUCUS.value, _middle(plug)
    if scene.defect is not None:
        yield Mimic.FILLING_DEFECT.value, scene.defect.centre


def _middle(tubes: Tubes) -> Point:
    x, y, z = 0.5 * (tubes.start + tubes.end).mean(axis=0)
    return float(x), float(y), float(z)
