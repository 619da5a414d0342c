"""What an order leaves to the bundle in use: its preset. Loads without torch."""

from dataclasses import replace

from pe_models.bundle import ModelBundle, bundle_in_use
from pe_models.errors import TrainingError
from pe_models.retraining.order import AS_IN_USE, RetrainOrder, Start
from pe_models.training.config import may_begin_with, preset, preset_like, with_settings


def settled_now(order: RetrainOrder) -> RetrainOrder:
    """``settled`` by the bundle that is in use now. Raises BundleError too."""
    return settled(order, bundle_in_use()) if order.preset == AS_IN_USE else order


def settled(order: RetrainOrder, in_use: ModelBundle) -> RetrainOrder:
    """``order`` with the preset that ``in_use`` was made with, where it names none.

    Raises TrainingError where that bundle is of no preset.
    """
    if order.preset != AS_IN_USE:
        return order
    name = preset_like(in_use)
    if name is None:
        raise TrainingError(
            f"The bundle in use, {in_use.name} {in_use.version}, was made with settings of its "
            "own, which no preset has: begin from scratch, put another bundle to use, or choose a "
            "preset of the same nets by its name."
        )
    return replace(order, preset=name)


def require_nets(order: RetrainOrder, in_use: ModelBundle) -> None:
    """Raises TrainingError where a settled order begins with other nets than its preset has."""
    config = with_settings(preset(order.preset), order.settings)
    if order.start is Start.IN_USE and not may_begin_with(in_use, config):
        raise other_nets(order, in_use)


def other_nets(order: RetrainOrder, in_use: ModelBundle) -> TrainingError:
    """Why the order cannot begin with ``in_use``, and what can be done."""
    name = preset_like(in_use)
    own = "" if name is None else f", or train it on as it was made (preset {name})"
    return TrainingError(
        f"The nets of the bundle in use, {in_use.name} {in_use.version}, are others than those of "
        f"preset {order.preset}: begin from scratch{own}."
    )
