"""Rules for places as a file, and in a bundle: the same nets, one more entry in ``bundle.json``."""

from dataclasses import asdict, replace
from pathlib import Path

from pe_models.bundle import ModelBundle, write_bundle
from pe_models.errors import DatasetError
from pe_models.placing.rules import PlaceRules
from pe_models.training.files import read_json, write_json


def write_with_places(bundle: ModelBundle, rules: PlaceRules, target: Path) -> ModelBundle:
    """Writes ``target``, a folder or a .zip: ``bundle`` and its files with ``rules``.

    Raises BundleError.
    """
    files = {name: bundle.read(name) for name in bundle.files}
    return write_bundle(target, replace(bundle.spec, places=rules), files)


def write_rules(path: Path, rules: PlaceRules) -> None:
    write_json(path, asdict(rules))


def read_rules(path: Path) -> PlaceRules:
    """Raises DatasetError where the file holds no rules."""
    try:
        return PlaceRules.from_dict(read_json(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"{path.name} holds no rules for places ({error}).") from error
