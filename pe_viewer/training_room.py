"""The training window and what stands behind it, made when it is first asked for."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from pe_viewer.controller.checking import Checking
from pe_viewer.controller.retraining import OpenStudy, Retraining
from pe_viewer.jobs import JobRunner
from pe_viewer.library.library import Library
from pe_viewer.services.checking import CheckService
from pe_viewer.services.training import TrainingService
from pe_viewer.training_state import TrainingState
from pe_viewer.views.training.window import RetrainWindow


class TrainingRoom(QObject):
    """One window of trainings. ``on_bundle_changed`` is called where another came into use,
    ``open_study`` where the reader wants to see a compared study."""

    def __init__(
        self,
        runner: JobRunner,
        library: Library,
        on_bundle_changed: Callable[[], None],
        open_study: OpenStudy,
        service: TrainingService | None = None,
    ) -> None:
        super().__init__()
        self.state = TrainingState()
        self.retraining = Retraining(
            self.state, service or TrainingService(runner, library), on_bundle_changed, open_study
        )
        self.checking = Checking(self.state, CheckService(runner))
        self.window = RetrainWindow(self.state)
        self._connect()

    def show(self) -> None:
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def show_bundles(self) -> None:
        self.window.show_bundles_page()
        self.show()

    def show_check(self) -> None:
        self.window.show_check_page()
        self.show()

    def close(self) -> None:
        """A run goes on by itself."""
        self.retraining.close()
        self.checking.cancel()
        self.window.close()
        self.window.deleteLater()

    def _connect(self) -> None:
        window, retraining = self.window, self.retraining
        window.opened.connect(retraining.open)
        window.entered.connect(retraining.find_reviews)
        window.opened.connect(self.checking.list_cards)
        window.check_page.check_requested.connect(self.checking.check)
        window.check_page.cancel_requested.connect(self.checking.cancel)
        window.closed.connect(retraining.close)
        window.run_selected.connect(retraining.select)
        window.data_page.plan_requested.connect(retraining.plan)
        window.data_page.start_requested.connect(retraining.start)
        run = window.run_page
        run.pause_requested.connect(retraining.pause)
        run.resume_requested.connect(retraining.resume)
        run.stop_requested.connect(retraining.stop)
        run.ending_requested.connect(retraining.end_with_viewer)
        run.go_on_requested.connect(retraining.go_on)
        run.deletion_requested.connect(retraining.delete_run)
        run.promotion_requested.connect(retraining.promote)
        run.study_requested.connect(retraining.open_study)
        bundles = window.bundles_page
        bundles.use_requested.connect(retraining.use)
        bundles.verify_requested.connect(retraining.verify)
        bundles.export_requested.connect(retraining.export_file)
        bundles.import_requested.connect(retraining.import_file)
        bundles.deletion_requested.connect(retraining.delete_bundle)
        bundles.rollback_requested.connect(retraining.roll_back)
