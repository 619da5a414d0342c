"""The worker: requests in, events out; a failed job is an event and the worker lives on."""

import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pe_models import wire
from pe_models.bundle import ModelBundle
from pe_models.errors import BundleError
from pe_models.findings import Crop
from pe_models.imaging.volume import Volume
from pe_models.parallel import SharedArray
from pe_models.pipeline import Pipeline, Pipelines
from pe_models.serve import Server

METHODS = ("class activation", "grad-cam", "grad-cam++")
CLOSING = (wire.Ready, wire.Done, wire.Failed, wire.Cancelled)


class Client:
    """The window's side: writes requests, reads events."""

    def __init__(self, requests: io.TextIOBase, events: io.TextIOBase) -> None:
        self._requests = requests
        self._events = events

    def send(self, *requests: wire.Request) -> None:
        self.send_text("".join(f"{wire.encode(request)}\n" for request in requests))

    def send_text(self, text: str) -> None:
        self._requests.write(text)
        self._requests.flush()

    def next(self) -> wire.Event:
        line = self._events.readline()
        assert line, "the worker ended"
        return wire.decode_event(line)

    def until_closed(self, request_id: int) -> list[wire.Event]:
        """Events up to the one that closes the request, all of that request."""
        events = [self.next()]
        while not isinstance(events[-1], CLOSING):
            events.append(self.next())
        assert {event.request_id for event in events} == {request_id}
        return events

    def close(self) -> None:
        self._requests.close()

    def rest(self) -> str:
        return self._events.read()


@pytest.fixture
def serve(tiny_bundle: ModelBundle) -> Iterator[Callable[..., Client]]:
    """Starts a Server on a thread of this process, and ends it after the test."""
    threads: list[threading.Thread] = []
    clients: list[Client] = []

    def start(
        open_main: Callable[[], Pipeline] = lambda: Pipeline(tiny_bundle, "cpu"),
    ) -> Client:
        request_end, event_end = os.pipe(), os.pipe()
        requests, events = os.fdopen(request_end[0], "r"), os.fdopen(event_end[1], "w")

        def run() -> None:
            with events:
                Server(Pipelines(open_main, "cpu"), requests, events).run()
            requests.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        clients.append(Client(os.fdopen(request_end[1], "w"), os.fdopen(event_end[0], "r")))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
        client.rest()
        client._events.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def shared_chest(tiny_chest: Volume) -> Iterator[wire.VolumeReference]:
    shared = SharedArray.create(tiny_chest.geometry.shape)
    shared.array[:] = tiny_chest.hu
    yield wire.VolumeReference.to(tiny_chest, shared.name)
    shared.close()


def test_the_worker_says_its_bundle_and_device_once_it_is_ready(
    serve: Callable[..., Client], tiny_bundle: ModelBundle
) -> None:
    client = serve()
    assert client.next() == wire.Ready(0, tiny_bundle.stamp(), "cpu", METHODS)
    client.send(wire.Describe(3))
    assert client.next() == wire.Ready(3, tiny_bundle.stamp(), "cpu", METHODS)


def test_an_analysis_reports_progress_and_coarse_scores_and_closes_with_findings(
    serve: Callable[..., Client],
    shared_chest: wire.VolumeReference,
    tiny_bundle: ModelBundle,
    tiny_chest: Volume,
) -> None:
    client = serve()
    client.next()
    client.send(wire.Analyze(1, shared_chest))
    *before, done = client.until_closed(1)
    assert isinstance(done, wire.Done)
    assert done.findings is not None
    expected = Pipeline(tiny_bundle, "cpu").run(tiny_chest)
    np.testing.assert_allclose(done.findings.pe_scores(), expected.pe_scores(), atol=1e-6)
    assert done.findings.verdict == expected.verdict
    assert len(done.heatmaps) == tiny_chest.n_slices
    coarse = [e for e in before if isinstance(e, wire.Coarse)]
    assert sorted(k for e in coarse for k in e.slice_indices) == list(range(tiny_chest.n_slices))
    assert any(isinstance(e, wire.Progressed) for e in before)


@pytest.mark.parametrize("method", ["", *METHODS])
def test_a_map_is_made_by_each_method_and_the_bundles_own_is_the_default(
    serve: Callable[..., Client],
    shared_chest: wire.VolumeReference,
    tiny_bundle: ModelBundle,
    tiny_chest: Volume,
    method: str,
) -> None:
    crop = Crop(8, 56, 4, 60)
    client = serve()
    client.next()
    client.send(wire.Explain(1, shared_chest, crop, tiny_bundle.sha256, 5, method))
    explained = client.until_closed(1)[-1]
    assert isinstance(explained, wire.Done)
    assert explained.findings is None
    (heatmap,) = explained.heatmaps
    name = method or METHODS[0]
    assert (heatmap.slice_index, heatmap.crop, heatmap.method) == (5, crop, name)
    expected = Pipeline(tiny_bundle, "cpu").explain(tiny_chest, 5, crop=crop, method=name)
    np.testing.assert_allclose(heatmap.values, expected.values, atol=1e-2)  # float16


@pytest.mark.parametrize(
    ("sha256", "slice_index", "method", "said"),
    [
        ("0" * 64, 5, "", "analyse again"),
        (None, 999, "", "no slice 999"),
        (None, 5, "clot-map", "no map called 'clot-map'"),
    ],
)
def test_a_map_that_cannot_be_made_is_a_failed_request_with_its_reason(
    serve: Callable[..., Client],
    shared_chest: wire.VolumeReference,
    tiny_bundle: ModelBundle,
    sha256: str | None,
    slice_index: int,
    method: str,
    said: str,
) -> None:
    client = serve()
    client.next()
    crop, bundle = Crop(8, 56, 4, 60), sha256 or tiny_bundle.sha256
    client.send(wire.Explain(1, shared_chest, crop, bundle, slice_index, method))
    failed = client.next()
    assert isinstance(failed, wire.Failed)
    assert said in failed.message


def test_a_map_of_a_series_that_was_closed_is_a_failed_request(
    serve: Callable[..., Client], tiny_chest: Volume, tiny_bundle: ModelBundle
) -> None:
    client = serve()
    client.next()
    shared = SharedArray.create(tiny_chest.geometry.shape)
    reference = wire.VolumeReference.to(tiny_chest, shared.name)
    shared.close()
    client.send(wire.Explain(1, reference, Crop(8, 56, 4, 60), tiny_bundle.sha256, 5))
    failed = client.next()
    assert isinstance(failed, wire.Failed)
    assert "closed" in failed.message


def test_a_cancelled_analysis_says_so_and_the_worker_lives_on(
    serve: Callable[..., Client], shared_chest: wire.VolumeReference
) -> None:
    client = serve()
    client.next()
    client.send(wire.Analyze(1, shared_chest), wire.Analyze(2, shared_chest), wire.Cancel(2))
    assert isinstance(client.until_closed(1)[-1], wire.Done)
    assert client.until_closed(2) == [wire.Cancelled(2)]
    client.send(wire.Describe(3))
    assert isinstance(client.next(), wire.Ready)


def test_a_running_analysis_stops_at_a_cancel(
    serve: Callable[..., Client], shared_chest: wire.VolumeReference
) -> None:
    client = serve()
    client.next()
    client.send(wire.Analyze(1, shared_chest))
    client.next()  # it runs now
    client.send(wire.Cancel(1))
    assert client.until_closed(1)[-1] == wire.Cancelled(1)


def test_a_cancel_after_the_end_has_no_effect(
    serve: Callable[..., Client], shared_chest: wire.VolumeReference
) -> None:
    client = serve()
    client.next()
    client.send(wire.Analyze(1, shared_chest))
    client.until_closed(1)
    client.send(wire.Cancel(1), wire.Describe(2))
    assert isinstance(client.next(), wire.Ready)


def test_a_series_that_was_closed_meanwhile_is_a_failed_request(
    serve: Callable[..., Client], tiny_chest: Volume
) -> None:
    client = serve()
    client.next()
    shared = SharedArray.create(tiny_chest.geometry.shape)
    reference = wire.VolumeReference.to(tiny_chest, shared.name)
    shared.close()
    client.send(wire.Analyze(1, reference))
    failed = client.next()
    assert isinstance(failed, wire.Failed)
    assert "closed" in failed.message


def test_a_line_that_is_no_request_is_answered_and_the_worker_lives_on(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    client.next()
    client.send_text('no json\n{"type": "diagnose", "id": 7}\n')
    assert isinstance(client.next(), wire.Failed)
    unknown = client.next()
    assert isinstance(unknown, wire.Failed)
    assert unknown.request_id == 7
    client.send(wire.Describe(8))
    assert isinstance(client.next(), wire.Ready)


def test_a_bundle_that_is_missing_is_told_and_may_come_later(
    serve: Callable[..., Client], tiny_bundle: ModelBundle
) -> None:
    attempts = 0

    def open_pipeline() -> Pipeline:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise BundleError("There is no bundle yet.")
        return Pipeline(tiny_bundle, "cpu")

    client = serve(open_pipeline)
    assert client.next() == wire.Failed(0, "There is no bundle yet.")
    client.send(wire.Describe(1))
    assert isinstance(client.next(), wire.Ready)


def test_a_fault_in_the_program_is_an_event_and_logged_without_its_message(
    serve: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    def open_pipeline() -> Pipeline:
        raise RuntimeError("DOE^JANE")

    with caplog.at_level(logging.ERROR, "pe_models.serve"):
        failed = serve(open_pipeline).next()
    assert isinstance(failed, wire.Failed)
    assert "RuntimeError" in failed.message
    assert "test_serve.py" in caplog.text
    assert "DOE" not in caplog.text + failed.message


def test_the_worker_process_serves_ends_with_its_input_and_leaves_nothing(
    tiny_bundle: ModelBundle, shared_chest: wire.VolumeReference
) -> None:
    worker = start_process(tiny_bundle.source)
    assert worker.stdin is not None
    assert worker.stdout is not None
    client = Client(worker.stdin, worker.stdout)  # type: ignore[arg-type]
    assert isinstance(client.next(), wire.Ready)
    client.send(wire.Analyze(1, shared_chest))
    assert isinstance(client.until_closed(1)[-1], wire.Done)
    rest, errors = worker.communicate(timeout=30)
    assert (rest, errors, worker.returncode) == ("", "", 0)


def test_shutdown_cancels_the_running_job_and_ends_the_worker(
    serve: Callable[..., Client], shared_chest: wire.VolumeReference
) -> None:
    client = serve()
    client.next()
    client.send(wire.Analyze(1, shared_chest))
    client.next()  # it runs now
    client.send(wire.Shutdown(2))
    *_, last = client.rest().splitlines()
    assert wire.decode_event(last) == wire.Cancelled(1)


def start_process(bundle: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pe_models", "serve", "--bundle", str(bundle)]
    return subprocess.Popen(
        [*command, "--device", "cpu"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
