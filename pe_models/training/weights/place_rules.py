"""The rules for places of the bundle that a run began with: the run's, until they are fitted anew.

They go by what maps of clots and arteries look like, which a training that goes on hardly changes.
"""

from dataclasses import asdict, replace
from typing import Final

from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.placing.rules import PlaceRules
from pe_models.training.files import read_json, write_json
from pe_models.training.run import RunFolder

FILE: Final = "places.json"
_FOR: Final = "; for the bundle "


def keep_place_rules(start: ModelBundle, run: RunFolder) -> None:
    """Beside the run's files; ``fitted_on`` then says for which nets, the first that they had."""
    rules = start.places
    if rules is None:
        return
    if _FOR not in rules.fitted_on:
        made_for = f"{rules.fitted_on}{_FOR}{start.name} {start.version}"
        rules = replace(rules, fitted_on=made_for)
    write_json(run.folder / FILE, asdict(rules))


def forget_place_rules(run: RunFolder) -> None:
    (run.folder / FILE).unlink(missing_ok=True)


def kept_place_rules(run: RunFolder) -> PlaceRules | None:
    """None of a run whose bundle had none, or that began with none. Raises TrainingError."""
    path = run.folder / FILE
    if not path.exists():
        return None
    try:
        return PlaceRules.from_dict(read_json(path))
    except (DatasetError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(f"{FILE} of the run holds no rules for places.") from error
