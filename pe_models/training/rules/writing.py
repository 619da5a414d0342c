"""Fitted rules as a file, and in a bundle: the same nets, other entries in ``bundle.json``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from pe_models.bundle import ModelBundle, write_bundle
from pe_models.errors import DatasetError
from pe_models.heart.strain import StrainRule
from pe_models.placing.rules import PlaceRules
from pe_models.training.files import read_json, write_json


@dataclass(frozen=True, slots=True)
class FittedRules:
    """What was fitted on the studies of a store; ``strain`` is None where there is no such rule."""

    places: PlaceRules
    strain: StrainRule | None = None

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of its fields as JSON. Raises KeyError, TypeError or ValueError."""
        strain = record["strain"]
        return cls(
            PlaceRules.from_dict(record["places"]),
            None if strain is None else StrainRule.from_dict(strain),
        )


def write_with_rules(bundle: ModelBundle, rules: FittedRules, target: Path) -> ModelBundle:
    """Writes ``target``, a folder or a .zip: ``bundle`` and its files with ``rules``.

    Raises BundleError.
    """
    files = {name: bundle.read(name) for name in bundle.files}
    heart = None if bundle.heart is None else replace(bundle.heart, strain=rules.strain)
    spec = replace(bundle.spec, places=rules.places, heart=heart)
    return write_bundle(target, spec, files)


def write_rules(path: Path, rules: FittedRules) -> None:
    write_json(path, asdict(rules))


def read_rules(path: Path) -> FittedRules:
    """Raises DatasetError where the file holds no rules."""
    try:
        return FittedRules.from_dict(read_json(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"{path.name} holds no fitted rules ({error}).") from error
