"""The candidate beside the bundle in use on one set of studies, written as `compare` writes it."""

from dataclasses import dataclass
from pathlib import Path

from pe_models.bundle import ModelBundle
from pe_models.evaluation.compare import Comparison, compare, in_common, require_comparable
from pe_models.evaluation.comparison_files import write_comparison
from pe_models.evaluation.judge import Outcomes, judge_all
from pe_models.evaluation.kept import KeptScores
from pe_models.evaluation.measures import measure
from pe_models.evaluation.sources import StudySource
from pe_models.progress import CancelToken, OnProgress
from pe_models.retraining.folder import scores_folder
from pe_models.training.files import write_json


@dataclass(frozen=True, slots=True)
class Compared:
    """``n_newly_refused`` studies the candidate refuses, where the bundle in use does not."""

    comparison: Comparison
    n_newly_refused: int


def compare_on(
    source: StudySource,
    in_use: ModelBundle,
    candidate: ModelBundle,
    *,
    out: Path,
    device: str,
    stage: str,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> Compared:
    """Scores both on ``source``; what was scored earlier is found again in the user's cache.

    Writes what ``compare`` writes, and the candidate's ``metrics.json``.
    Raises DatasetError where a bundle refuses every study, and Cancelled.
    """
    require_comparable(in_use, candidate)

    def judged(bundle: ModelBundle, role: str) -> Outcomes:
        kept = KeptScores.of(scores_folder(), bundle, source.version)
        return judge_all(
            source, bundle, kept, device=device, stage=f"{stage}, {role}",
            on_progress=on_progress, cancel=cancel,
        )  # fmt: skip

    of_a, of_b = judged(in_use, "in use"), judged(candidate, "candidate")
    a, b = in_common(of_a.judged, of_b.judged)
    comparison = compare(a, b)
    write_comparison(comparison, bundles=(in_use, candidate), judged=(a, b), source=source, out=out)
    write_json(out / "metrics.json", measure(of_b.judged))
    refused_before = {refused.name for refused in of_a.refused}
    newly = [refused for refused in of_b.refused if refused.name not in refused_before]
    return Compared(comparison, len(newly))
