"""The threshold that drawn runs are cut at: the model's own, or one that the reader tries."""

from typing import Final

from pe_viewer.controller.navigation import not_analysed
from pe_viewer.display.recut import Recut
from pe_viewer.display.texts import count_text, score_text
from pe_viewer.state import ReviewState

_STEP: Final = 0.05


class Threshold:
    """Re-cuts what is drawn and stepped through. Findings, decisions and reports stay."""

    def __init__(self, state: ReviewState) -> None:
        self._state = state

    def put(self, threshold: float) -> None:
        """Cuts at ``threshold``, kept within [0.01, 0.99], and says how many runs that gives."""
        findings = self._state.snapshot.findings
        if findings is None:
            self._state.update(notice=not_analysed(self._state.snapshot))
            return
        recut = Recut.at(findings, threshold)
        n_runs = count_text(len(recut.flags), "run", "runs")
        own = f"the model's own: {len(findings.flags)} at {score_text(findings.flag_threshold)}"
        self._state.update(
            recut=recut,
            notice=f"Threshold {score_text(recut.threshold)} draws {n_runs} ({own})",
        )

    def raise_it(self) -> None:
        self.put(self._state.snapshot.threshold + _STEP)

    def lower_it(self) -> None:
        self.put(self._state.snapshot.threshold - _STEP)

    def reset(self) -> None:
        """Back to the model's own."""
        if self._state.snapshot.findings is not None:
            self._state.update(recut=None, notice="The model's own threshold")

    def toggle_raw_scores(self) -> None:
        snapshot = self._state.snapshot
        if snapshot.findings is None:
            self._state.update(notice=not_analysed(snapshot))
        else:
            self._state.update(shows_raw_scores=not snapshot.shows_raw_scores, notice="")
