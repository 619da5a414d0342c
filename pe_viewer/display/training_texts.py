"""What the training window says, as functions of what it shows. No Qt."""

from typing import Final

from pe_models.evaluation.gate import RULE, Check, Criterion, GateDecision
from pe_models.retraining.folder import RunStatus
from pe_models.retraining.rates import CostEstimate
from pe_models.retraining.summary import DataSummary
from pe_models.retraining.usage import Usage
from pe_models.training.run import RunState

STATE_TEXTS: Final = {
    None: "waiting",
    RunState.RUNNING: "running",
    RunState.PAUSED: "paused",
    RunState.STOPPED: "stopped",
    RunState.INTERRUPTED: "interrupted; what was done is kept",
    RunState.FAILED: "failed",
    RunState.DONE: "done",
}

STAGE_TEXTS: Final = {
    "start": "Starting",
    "phantom": "Making phantoms",
    "prepare": "Preparing studies",
    "localizer": "Training the Localizer",
    "crops": "Cropping every study",
    "mistakes": "Looking where the bundle is mistaken",
    "slice": "Training the slice net",
    "features": "Reading every slice",
    "maps": "Reading every cell",
    "refiner": "Training the refiner",
    "refined": "Refining every slice",
    "sequence": "Training the sequence net",
    "held-out, in use": "Held-out studies, bundle in use",
    "held-out, candidate": "Held-out studies, candidate",
    "safety, in use": "Safety cohort, bundle in use",
    "safety, candidate": "Safety cohort, candidate",
    "faithfulness": "Testing whether maps show what raised scores",
}

FIGURE_TEXTS: Final = {
    "loss": "loss",
    "box_error": "error of boxes",
    "held_out_loss": "held-out loss",
    "image_auc": "AUC of held-out slices",
    "negative_exam_auc": "AUC of held-out exams",
}

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_GIGA: Final = 1e9


def duration_text(seconds: float) -> str:
    """``40 s``, ``12 min``, ``2 h 05 min``."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    hours, rest = divmod(round(seconds / _MINUTE_S), 60)
    return f"{hours} h {rest:02d} min"


def progress_text(status: RunStatus, seconds_left: float | None) -> str:
    """``Training the slice net, 120 of 4,000, about 5 min left of this step``."""
    words = [STAGE_TEXTS.get(status.stage, status.stage)]
    if status.total:
        words.append(f"{status.done:,} of {status.total:,}")
    if seconds_left is not None and seconds_left >= 1:
        words.append(f"about {duration_text(seconds_left)} left of this step")
    return ", ".join(words)


def usage_text(usage: Usage) -> str:
    """``CPU, 1.8 cores, 1.2 GB of memory``."""
    parts = ["GPU" if usage.device == "cuda" else "CPU", f"{usage.cores:.1f} cores"]
    if usage.memory_bytes:
        parts.append(f"{usage.memory_bytes / _GIGA:.1f} GB of memory")
    if usage.gpu_bytes:
        parts.append(f"{usage.gpu_bytes / _GIGA:.1f} GB of the GPU's")
    return ", ".join(parts)


def log_text(line: str) -> str:
    """A line of the history, its stage in words: ``15:22:07  Reading every slice``."""
    clock, _, stage = line.partition("  ")
    return f"{clock}  {STAGE_TEXTS.get(stage, stage)}"


def summary_lines(summary: DataSummary) -> list[str]:
    """Counts, one line a subject."""
    sources = ", ".join(f"{n:,} {name}" for name, n in summary.sources.items())
    lines = [
        f"{summary.n_studies:,} studies ({sources})",
        (
            f"{summary.n_patients_with_pe:,} patients with PE, "
            f"{summary.n_patients_without_pe:,} without"
        ),
    ]
    if summary.n_slices:
        lines.append(
            f"{summary.n_slices:,} labelled slices: {summary.n_slices_with_pe:,} with PE, "
            f"{summary.n_slices_unknown:,} unknown"
        )
    return lines


def cost_text(cost: CostEstimate) -> str:
    """Time, disk and memory, and where the figures come from."""
    parts = []
    if cost.seconds is not None:
        parts.append(f"about {duration_text(cost.seconds)}")
    parts.append(f"{cost.disk_bytes / _GIGA:.1f} GB of disk")
    if cost.peak_bytes:
        parts.append(f"{cost.peak_bytes / _GIGA:.1f} GB of memory")
    return f"{', '.join(parts)}  ({cost.basis})"


def rule_lines() -> list[str]:
    """The gate's rule, one line a criterion."""
    return [f"{criterion_text(c)}: at most {c.margin:.2f} worse" for c in RULE]


def criterion_text(criterion: Criterion) -> str:
    primary = " (primary)" if criterion.is_primary else ""
    return f"{criterion.title}, {criterion.studies}{primary}"


def verdict_text(decision: GateDecision) -> str:
    return "The candidate passes the gate" if decision.passes else "The gate refuses the candidate"


def rule_text(decision: GateDecision) -> str:
    """What a refusal means, and what it does not; and that promotion is the reader's."""
    if decision.passes:
        return "Every criterion holds. It comes into use only where you say so."
    return (
        "All criteria must hold, or the bundle in use stays. The candidate is kept for looking "
        "into; it has no way into use from here."
    )


def check_cells(check: Check) -> tuple[str, str, str, str, str]:
    """Criterion, in use, candidate, difference with its interval, what is allowed."""
    return (
        criterion_text(check.criterion),
        f"{check.in_use:.3f}",
        f"{check.candidate:.3f}",
        f"{check.difference:+.3f}  ({check.low:+.3f} to {check.high:+.3f})",
        f"from {-check.criterion.margin:+.2f}",
    )


def doubt_text(decision: GateDecision) -> str:
    """Said where the figures hold but so few studies cannot show it; "" elsewhere."""
    n_unsure = sum(check.is_unsure for check in decision.checks)
    if not n_unsure:
        return ""
    return (
        f"{n_unsure} of {len(decision.checks)} intervals reach beyond the margin: so few studies "
        "do not show it either way."
    )
