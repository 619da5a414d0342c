"""How much a planned retraining has to do, in units of its stages. Loads without torch."""

from collections.abc import Sequence
from typing import Final

from pe_models.retraining.folder import RetrainFolder
from pe_models.retraining.order import RetrainOrder
from pe_models.retraining.rates import Rates, Work
from pe_models.retraining.summary import COMPARED_SHARE, DataSummary
from pe_models.training.config import TrainConfig, preset, with_settings

SAFETY_STUDIES: Final = 12


def work_of(order: RetrainOrder, summary: DataSummary) -> Work:
    """Both bundles read every study of a comparison. Raises TrainingError for an unknown preset."""
    config = with_settings(preset(order.preset), order.settings)
    n_compared = max(2, round(COMPARED_SHARE * summary.n_studies))
    n_trained, n_phantoms = summary.n_studies - n_compared, summary.sources.get("phantoms", 0)
    n_prepared = sum(n for source, n in summary.sources.items() if source != "phantoms")
    units = {
        "phantom": n_phantoms,
        "prepare": n_prepared,
        **{stage: getattr(config, stage).steps for stage in order.stages},
        "refiner": config.refiner.steps if config.refines and "slice" in order.stages else 0,
        "mistakes": _n_looked_through(order, config, n_phantoms, n_trained),
        "crops": n_trained,
        "features": n_trained,
        "refined": n_trained if config.refines else 0,
        "held-out, candidate": 2 * n_compared,
        "safety, candidate": 2 * SAFETY_STUDIES,
    }
    return Work(
        preset=order.preset,
        matrix=0 if order.phantoms is None else order.phantoms.matrix,
        units={stage: n for stage, n in units.items() if n},
        n_stored=summary.n_studies,
        refines=config.refines,
    )


def _n_looked_through(
    order: RetrainOrder, config: TrainConfig, n_phantoms: int, n_trained: int
) -> int:
    """Studies in which the net's mistakes are looked for: those that say what each voxel is."""
    is_wanted = "slice" in order.stages and config.crops.at_mistakes > 0
    return min(n_phantoms, n_trained) if is_wanted else 0


def known_rates(runs: Sequence[RetrainFolder]) -> tuple[Rates, ...]:
    """What earlier runs measured, in the order of ``runs``."""
    found = (Rates.read(retraining.rates_file) for retraining in runs)
    return tuple(rates for rates in found if rates is not None)
