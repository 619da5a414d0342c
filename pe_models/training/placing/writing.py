"""A bundle with rules for places: the same nets, one more entry in ``bundle.json``."""

from dataclasses import replace
from pathlib import Path

from pe_models.bundle import ModelBundle, write_bundle
from pe_models.placing.rules import PlaceRules


def write_with_places(bundle: ModelBundle, rules: PlaceRules, target: Path) -> ModelBundle:
    """Writes ``target``, a folder or a .zip: ``bundle`` and its files with ``rules``.

    Raises BundleError.
    """
    files = {name: bundle.read(name) for name in bundle.files}
    return write_bundle(target, replace(bundle.spec, places=rules), files)
