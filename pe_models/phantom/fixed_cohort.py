"""FixedCohort: phantoms fixed in a file, each by its seed and its PhantomSpec, for evaluation.

The file says what is asked of each phantom, not what it holds: pixels and truth are made from it,
by the generator at hand. It is JSON, one study a line, so that a change of one shows as one line.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.spec import Kernel, Level, Mimic, PhantomError, PhantomSpec

SCHEMA_VERSION: Final = 1
_SPEC_FIELDS: Final = tuple(field.name for field in fields(PhantomSpec))


@dataclass(frozen=True, slots=True)
class FixedStudy:
    """One phantom of a cohort; ``spec`` says whether it is positive."""

    seed: int
    spec: PhantomSpec

    @property
    def name(self) -> str:
        """Names the phantom and what is asked of it: another spec, another name."""
        text = json.dumps(_study_record(self), sort_keys=True)
        return f"{self.seed}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class FixedCohort:
    """Studies of reserved seeds, none twice; ``generator_series`` is what they were fixed for.

    Raises PhantomError on construction for anything else.
    """

    name: str
    generator_series: str
    studies: tuple[FixedStudy, ...]

    def __post_init__(self) -> None:
        if not self.studies:
            raise PhantomError(f"The cohort {self.name!r} has no studies.")
        seeds = [study.seed for study in self.studies]
        if min(seeds) < FIRST_RESERVED_SEED:
            raise PhantomError(
                f"Seed {min(seeds)} of the cohort {self.name!r} is none of those kept for "
                f"evaluation, which begin at {FIRST_RESERVED_SEED}."
            )
        if len(set(seeds)) < len(seeds):
            twice = next(seed for seed in seeds if seeds.count(seed) > 1)
            raise PhantomError(f"Seed {twice} stands twice in the cohort {self.name!r}.")
        open_ones = [study.seed for study in self.studies if study.spec.is_positive is None]
        if open_ones:
            raise PhantomError(f"Seed {open_ones[0]} does not say whether it is_positive.")


def read_fixed_cohort(path: Path) -> FixedCohort:
    """The cohort of a JSON file. Raises PhantomError where it is none, or not of this version."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PhantomError(f"The cohort {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise PhantomError(f"{path} is no JSON ({error}), so it is no cohort.") from error
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        raise PhantomError(f"{path} is no cohort of schema version {SCHEMA_VERSION}.")
    try:
        return FixedCohort(
            name=str(record["name"]),
            generator_series=str(record["generator_series"]),
            studies=tuple(_study(entry) for entry in record["studies"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PhantomError(f"{path} is not a whole cohort: {error}.") from error


def cohort_text(cohort: FixedCohort) -> str:
    """What the file of a cohort holds: every field of every spec, one study a line."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "name": cohort.name,
        "generator_series": cohort.generator_series,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    studies = ",\n".join(f"  {json.dumps(_study_record(study))}" for study in cohort.studies)
    return "\n".join(["{", *lines, ' "studies": [', studies, " ]", "}", ""])


def _study(entry: Mapping[str, Any]) -> FixedStudy:
    """Raises PhantomError for what no phantom can have; KeyError and the like for what is none."""
    unknown = set(entry) - {"seed", *_SPEC_FIELDS}
    if unknown:
        raise ValueError(f"a phantom has no {sorted(unknown)[0]!r}")
    seed, asked = entry["seed"], {name: entry[name] for name in _SPEC_FIELDS if name in entry}
    if type(seed) is not int:
        raise ValueError(f"{seed!r} is no seed")
    if asked.get("kernel") is not None:
        asked["kernel"] = Kernel(asked["kernel"])
    if asked.get("levels") is not None:
        asked["levels"] = tuple(Level(level) for level in asked["levels"])
    if asked.get("mimics") is not None:
        asked["mimics"] = tuple(Mimic(mimic) for mimic in asked["mimics"])
    return FixedStudy(seed, PhantomSpec(**asked))


def _study_record(study: FixedStudy) -> dict[str, Any]:
    return {"seed": study.seed, **asdict(study.spec)}
