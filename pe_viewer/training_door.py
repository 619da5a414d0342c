"""The way from the window into the training room, which is furnished when it is first entered."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pe_models import places
from pe_viewer.jobs import JobRunner
from pe_viewer.library.library import Library

if TYPE_CHECKING:
    from pe_viewer.controller.retraining import OpenStudy
    from pe_viewer.training_room import TrainingRoom


class TrainingDoor:
    """Makes the training room when it is first asked for: its curves take a while to import."""

    def __init__(
        self,
        runner: JobRunner,
        library: Library,
        on_bundle_changed: Callable[[], None],
        open_study: "OpenStudy",
    ) -> None:
        self._runner, self._library = runner, library
        self._on_bundle_changed, self._open_study = on_bundle_changed, open_study
        self._room: TrainingRoom | None = None

    @property
    def room(self) -> "TrainingRoom":
        from pe_viewer.training_room import TrainingRoom

        if self._room is None:
            self._room = TrainingRoom(
                self._runner, self._library, self._on_bundle_changed, self._open_study
            )
        return self._room

    def show(self) -> None:
        self.room.show()

    def show_bundles(self) -> None:
        self.room.show_bundles()

    def show_check(self) -> None:
        self.room.show_check()

    def close(self) -> None:
        """A run goes on, unless the reader said that it ends with the program."""
        if self._room is not None:
            self._room.close()
        if (places.user_data() / "runs").is_dir():
            from pe_viewer.services.run_control import stop_those_that_end_with_viewer

            stop_those_that_end_with_viewer()
