"""C-ECHO and C-STORE (PS3.7 9.1) by pynetdicom, which runs each association in its own thread.

pynetdicom is imported where an association is made: it takes a third of a second.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from pe_viewer.send.destination import DicomNode
from pe_viewer.send.outcome import Refused, Unreachable
from pe_viewer.send.tls import client_context

CONNECT_S: Final = 10.0
ANSWER_S: Final = 60.0
"""A busy archive may take long to store one object; then the attempt counts as failed."""

_SUCCESS: Final = 0x0000
_WARNINGS: Final = range(0xB000, 0xC000)
_OUT_OF_RESOURCES: Final = range(0xA700, 0xA800)
_NOT_SUPPORTED: Final = 0x0122
_IS_TAKEN: Final = (_SUCCESS, *_WARNINGS)

_GONE: Final = "The object to be sent is no longer there, or damaged."

OnStored = Callable[[int], None]
"""Called with the place of each object once the peer has it."""


def echo(node: DicomNode) -> None:
    """Asks whether the peer is there and takes our title. Raises Unreachable or Refused."""
    from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

    with _association(node, [(str(Verification), None)]) as association:
        _require(association.send_c_echo().get("Status"))


def store(node: DicomNode, files: Sequence[Path], on_stored: OnStored) -> dict[int, Refused]:
    """Sends ``files`` over one association; the places of those that the peer does not want.

    Raises Unreachable where the connection breaks; what ``on_stored`` named by then is stored.
    """
    refused: dict[int, Refused] = {}
    contexts = _contexts(files)
    if not contexts:
        return {place: Refused(_GONE) for place in range(len(files))}
    with _association(node, contexts) as association:
        for place, file in enumerate(files):
            try:
                _store_one(association, file)
            except Refused as error:
                refused[place] = error
            else:
                on_stored(place)
    return refused


def _store_one(association: Any, file: Path) -> None:
    try:
        answer = association.send_c_store(file)
    except (OSError, InvalidDicomError) as error:
        raise Refused(_GONE) from error
    except ValueError as error:  # no presentation context was accepted for its class
        raise Refused("The destination does not take objects of this kind.") from error
    except RuntimeError as error:  # the association is over
        raise Unreachable("The connection broke while sending.") from error
    _require(answer.get("Status"))


def _require(status: int | None) -> None:
    """Raises for a status that is neither success nor a warning (PS3.7 Annex C)."""
    if status is None:
        raise Unreachable("The connection broke before the destination answered.")
    if status in _OUT_OF_RESOURCES:
        raise Unreachable(f"The destination has no room or is busy (status {status:04X}).")
    if status == _NOT_SUPPORTED:
        raise Refused("The destination does not take objects of this kind.")
    if status not in _IS_TAKEN:
        raise Refused(f"The destination refused it (status {status:04X}).")


@contextmanager
def _association(node: DicomNode, contexts: Sequence[tuple[str, str | None]]) -> Iterator[Any]:
    """An open association. Raises Unreachable where there is no peer, Refused where it says no."""
    from pynetdicom import AE

    _close_sockets_for_good()
    entity = AE(ae_title=node.calling_ae)
    entity.connection_timeout = entity.acse_timeout = CONNECT_S
    entity.dimse_timeout = entity.network_timeout = ANSWER_S
    for sop_class, transfer_syntax in contexts:
        entity.add_requested_context(sop_class, transfer_syntax)
    tls = (client_context(node.tls), node.host) if node.uses_tls else None
    association: Any = entity.associate(node.host, node.port, ae_title=node.called_ae, tls_args=tls)
    if not association.is_established:
        raise _why_not(association, node)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


@cache
def _close_sockets_for_good() -> None:
    """WORKAROUND pynetdicom 3.0: it skips ``close`` where ``shutdown`` fails, as it does wherever
    nobody answers or the peer went away first; each such attempt would leave a socket open.
    """
    from pynetdicom.transport import AssociationSocket

    def shut_down(association_socket: Any) -> None:
        connection = association_socket.socket
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    AssociationSocket._shutdown_socket = shut_down  # type: ignore[method-assign, assignment]


def _why_not(association: Any, node: DicomNode) -> Unreachable | Refused:
    if association.is_rejected:
        return Refused(
            f"{node.called_ae} rejected the connection: it may not know the title "
            f"{node.calling_ae}, or have another title itself."
        )
    return Unreachable(f"No answer from {node.place}.")


def _contexts(files: Sequence[Path]) -> list[tuple[str, str | None]]:
    """Class and transfer syntax of every file that can be read, each pair once."""
    pairs: dict[tuple[str, str | None], None] = {}
    for file in files:
        with suppress(OSError, InvalidDicomError, AttributeError):
            meta = dcmread(file, stop_before_pixels=True, specific_tags=["SOPClassUID"]).file_meta
            pairs[(str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID))] = None
    return list(pairs)
