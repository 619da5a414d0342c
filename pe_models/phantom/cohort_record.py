"""What a cohort of phantoms says of itself, in its folder: that it is one, and which."""

import json
from pathlib import Path
from typing import Final

from pe_models.phantom import GENERATOR_NAME
from pe_models.phantom.files import whole_file

PHANTOM_COHORT: Final = "phantom-cohort.json"


def write_cohort_record(
    folder: Path, *, task: str, version: str, n_studies: int, seed: int
) -> None:
    """Raises OSError where it cannot be written."""
    record = {
        "task": task,
        "generator": GENERATOR_NAME,
        "generator_version": version,
        "n_studies": n_studies,
        "first_seed": seed,
    }
    with whole_file(folder / PHANTOM_COHORT) as partial:
        partial.write_text(json.dumps(record, indent=1), encoding="utf-8")
