"""The shelf of bundles as the training window shows it."""

from pe_models.bundle import (
    MODEL_CARD,
    AnyBundle,
    ModelBundle,
    bundle_in_use,
    history,
    list_bundles,
)
from pe_models.errors import BundleError
from pe_models.tasks import DEFAULT_TASK
from pe_viewer.training_state import Shelf


def shelf_now() -> Shelf:
    """Every bundle for PE at hand, their cards, which is in use and which were."""
    bundles = tuple(b for b in list_bundles() if b.bundle is None or b.bundle.task == DEFAULT_TASK)
    cards = {b.bundle.sha256: _card_of(b.bundle) for b in bundles if b.bundle is not None}
    try:
        return Shelf(bundles, history(), bundle_in_use().sha256, cards=cards)
    except BundleError as error:
        return Shelf(bundles, problem=str(error), cards=cards)


def _reads_exams(bundle: AnyBundle) -> bool:
    return isinstance(bundle, ModelBundle) and bundle.task == DEFAULT_TASK


def _card_of(bundle: AnyBundle) -> str:
    """Its model card; why there is none, where there is none that can be read."""
    try:
        return bundle.read(MODEL_CARD).decode(errors="replace")
    except BundleError as error:
        return str(error)
