"""One window a user: a second start hands what it was asked for to the first, and ends.

Two windows over one library would each keep its own view of the same reading.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from pe_models.errors import PEError

logger = logging.getLogger(__name__)

_CONNECT_MS: Final = 500
_ANSWER_MS: Final = 10_000
"""The first window may be starting up itself."""

_TAKEN: Final = b"taken\n"
_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a start of the program is to open, () for nothing but the window, and to analyse."""

    paths: tuple[Path, ...] = ()
    analyzes: bool = False


class SingleInstance(QObject):
    """The door of the first window. ``start_requested`` carries the StartRequest of a later one."""

    start_requested = Signal(object)

    def __init__(self, folder: Path) -> None:
        """``folder`` is the user's data folder: another one, another window."""
        super().__init__()
        self._name = server_name(folder)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def hand_over(self, request: StartRequest) -> bool:
        """Gives ``request`` to the first window; False where there is none.

        Raises PEError where there is one that does not answer.
        """
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_CONNECT_MS):
            return False
        socket.write(_line_of(request))
        while not socket.canReadLine():
            if not socket.waitForReadyRead(_ANSWER_MS):
                raise PEError(
                    "The reading room is open already and does not answer. End it, then start it "
                    "again; your reading is kept."
                )
        return True

    def listen(self) -> bool:
        """Becomes the first window. Without this nothing is lost but that a second one opens.

        What a killed window left of its door is taken away: nobody listens behind it.
        """
        QLocalServer.removeServer(self._name)
        is_listening = self._server.listen(self._name)
        if not is_listening:
            logger.warning("no door for a second start: %s", self._server.serverError().name)
        return is_listening

    def close(self) -> None:
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._on_told(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._on_told(socket)

    def _on_told(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            return
        request = request_of(bytes(socket.readLine().data()))
        socket.write(_TAKEN)
        socket.disconnectFromServer()
        if request is not None:
            self.start_requested.emit(request)


def server_name(folder: Path) -> str:
    """A name that tells nothing of the folder: it becomes that of a file in a shared place."""
    digest = hashlib.sha256(str(folder.absolute()).encode("utf-8", "surrogatepass")).hexdigest()
    return f"pe-reading-room-{digest[:16]}"


def request_of(line: bytes) -> StartRequest | None:
    """What another start was asked for; None for what no start of this program says."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("analyzes"), bool):
        return None
    paths = told.get("paths")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        return None
    return StartRequest(tuple(Path(path) for path in paths), told["analyzes"])


def _line_of(request: StartRequest) -> bytes:
    """Inverse of ``request_of``; paths are told as they are from here."""
    paths = [str(path.absolute()) for path in request.paths]
    return json.dumps({"paths": paths, "analyzes": request.analyzes}).encode() + b"\n"
