"""Pipelines: one a task, opened when a Volume first needs it."""

from collections.abc import Callable
from dataclasses import replace

import torch

from pe_models.bundle import AnyBundle, PictureBundle, as_model_bundle, bundle_for
from pe_models.imaging.volume import Volume
from pe_models.pipeline.choosing import choose_task
from pe_models.pipeline.listening import OnCoarse, ignore_coarse
from pe_models.pipeline.pictures import PicturePipeline
from pe_models.pipeline.pipeline import Analysis, Pipeline
from pe_models.progress import CancelToken, OnProgress, ignore_progress

AnyPipeline = Pipeline | PicturePipeline


def open_pipeline(bundle: AnyBundle, device: str | torch.device = "auto") -> AnyPipeline:
    """Loads the nets of ``bundle``. Raises BundleError, or InputError for the device."""
    if isinstance(bundle, PictureBundle):
        return PicturePipeline(bundle, device)
    return Pipeline(as_model_bundle(bundle), device)


class Pipelines:
    """The pipeline that was asked for, and those of the other tasks. One thread at a time."""

    def __init__(
        self, open_main: Callable[[], AnyPipeline], device: str | torch.device = "auto"
    ) -> None:
        """``open_main`` opens that of the bundle in use, when it is first needed."""
        self._open_main, self._device = open_main, device
        self._main: AnyPipeline | None = None
        self._others: dict[str, AnyPipeline] = {}

    @property
    def main(self) -> AnyPipeline:
        """Raises what opening it does."""
        if self._main is None:
            self._main = self._open_main()
        return self._main

    def of_bundle(self, sha256: str) -> AnyPipeline | None:
        """The open pipeline of that bundle; None where none is."""
        opened = (self.main, *self._others.values())
        return next((each for each in opened if each.bundle.sha256 == sha256), None)

    def analyze(
        self,
        volume: Volume,
        *,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
        on_coarse: OnCoarse = ignore_coarse,
    ) -> Analysis:
        """By the task that suits ``volume``; the Findings say why it does.

        Raises BundleError where there is no bundle for it, and as the pipeline does.
        """
        chosen = choose_task(volume)
        pipeline = self._for(chosen.task.key)
        analysis = pipeline.analyze(
            volume, on_progress=on_progress, cancel=cancel, on_coarse=on_coarse
        )
        findings = replace(analysis.findings, task_reason=chosen.reason)
        return replace(analysis, findings=findings)

    def _for(self, task: str) -> AnyPipeline:
        if self.main.bundle.task == task:
            return self.main
        if task not in self._others:
            self._others[task] = open_pipeline(bundle_for(task), self._device)
        return self._others[task]
