"""What the model says, in one paragraph for the reader to take over into an impression, or not."""

from pe_models.findings import Findings
from pe_viewer.display.texts import (
    run_text,
    score_meaning,
    score_text,
    verdict_line,
    verdict_reason,
)


def model_paragraph(findings: Findings) -> str:
    """Verdict with its reason, the flagged runs from the head to the feet, and the bundle."""
    flags = sorted(findings.flags, key=lambda flag: -flag.peak)
    runs = "; ".join(
        f"{' '.join(run_text(findings, flag).split())} {score_text(flag.score)}" for flag in flags
    )
    bundle = findings.bundle
    lines = (
        verdict_line(findings),
        verdict_reason(findings),
        f"Flagged runs: {runs}" if runs else "",
        f"{score_meaning(bundle).capitalize()}, bundle {bundle.name} {bundle.version}",
    )
    return " ".join(f"{line.rstrip('.')}." for line in lines if line)
