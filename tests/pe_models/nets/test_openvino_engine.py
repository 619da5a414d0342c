"""OpenVINO computes what torch does, or is not used."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pe_models.bundle import RefinerArchitecture, load_bundle
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import Window
from pe_models.nets import openvino_engine as module
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import SliceReader, inferred, slice_output
from pe_models.nets.load import SliceNet
from pe_models.nets.openvino_engine import OpenVinoEngine, openvino_engine
from pe_models.nets.refiner import N_CHANNELS, Refiner
from pe_models.nets.refining import RefinerReader
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.pipeline import Pipeline
from pe_models.progress import Cancelled, CancelToken

pytest.importorskip("openvino", reason="there is no OpenVINO for this machine")

NETS = {
    "dense": lambda: DenseSliceNet("test_efficientnet", width=8),
    "pooled": lambda: SliceClassifier("test_resnet"),
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """OpenVINO wanted, an empty cache, and where its engines lie."""
    monkeypatch.setenv("PE_HOME", str(tmp_path))
    monkeypatch.delenv("PE_ENGINE", raising=False)
    return tmp_path / "cache" / "engines"


def small(kind: str = "dense") -> SliceNet:
    torch.manual_seed(3)
    return NETS[kind]().eval().to(memory_format=torch.channels_last)


def noise(*shape: int) -> torch.Tensor:
    x = 2.0 * torch.rand(*shape, generator=torch.Generator().manual_seed(1)) - 1.0
    return x.contiguous(memory_format=torch.channels_last)


def test_a_refiner_says_the_same_at_any_size_and_of_any_number_of_slices() -> None:
    torch.manual_seed(3)
    net = Refiner(RefinerArchitecture((4, 6, 8), Window(900.0, 250.0))).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    reader = RefinerReader.of(net)
    assert reader.engine is not None
    for shape in ((1, 10, 14), (3, 33, 46), (22, 48, 31)):
        seen = 2.0 * torch.rand(N_CHANNELS, *shape) - 1.0
        found, wanted = reader(seen), RefinerReader(net)(seen)
        assert found.shape == wanted.shape == shape
        torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("kind", sorted(NETS))
def test_it_gives_what_torch_gives_at_any_size(kind: str) -> None:
    net = small(kind)
    reader = SliceReader.of(net)
    assert reader.engine is not None
    for shape in ((1, 3, 64, 64), (3, 3, 96, 160), (2, 3, 64, 224)):
        found, wanted = reader(noise(*shape)), slice_output(net, noise(*shape))
        for name in wanted._fields:
            ours, theirs = getattr(found, name), getattr(wanted, name)
            if theirs is not None:
                assert torch.allclose(ours, theirs, atol=2e-4, rtol=1e-4), name
        assert torch.allclose(found.logit.sigmoid(), wanted.logit.sigmoid(), atol=1e-5)


def test_threads_may_change_between_two_slices() -> None:
    engine, x = OpenVinoEngine(small()), noise(1, 3, 64, 64)
    before = torch.get_num_threads()
    try:
        answers = []
        for n_threads in (1, 2, 1):
            torch.set_num_threads(n_threads)
            answers.append(engine(x)[0])
    finally:
        torch.set_num_threads(before)
    assert torch.allclose(answers[0], answers[1], atol=1e-5)
    assert torch.equal(answers[0], answers[2])


def test_several_calls_at_once_answer_in_their_order() -> None:
    reader, before = SliceReader.of(small()), torch.get_num_threads()
    inputs = [noise(1, 3, 64, 64 + 32 * (k % 3)) + 0.1 * k for k in range(12)]
    try:
        torch.set_num_threads(3)
        assert reader.n_at_once == 3
        together = list(reader.each(inputs, lambda x: x))
        torch.set_num_threads(1)
        one_by_one = list(reader.each(inputs, lambda x: x))
    finally:
        torch.set_num_threads(before)
    for found, wanted in zip(together, one_by_one, strict=True):
        assert torch.allclose(found.logit, wanted.logit, atol=1e-5)
        assert torch.allclose(found.embedding, wanted.embedding, atol=1e-4)


@pytest.mark.parametrize("n_at_once", [1, 2])
def test_a_cancel_ends_what_is_inferred(n_at_once: int) -> None:
    cancel, seen = CancelToken(), []

    def work(item: int) -> int:
        assert torch.is_inference_mode_enabled()
        return item

    def follow() -> None:
        for item in inferred(work, range(100), n_at_once=n_at_once, cancel=cancel):
            seen.append(item)
            if item == 4:
                cancel.cancel()

    with pytest.raises(Cancelled):
        follow()
    assert seen == [0, 1, 2, 3, 4]


def test_a_translated_net_is_kept_by_its_weights(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = small()
    OpenVinoEngine(net)
    kept = list(cache.iterdir())
    assert len(kept) == 1
    assert {path.stat().st_mode & 0o777 for path in kept[0].iterdir()} == {0o600}
    monkeypatch.setattr(module, "_translated", lambda _: pytest.fail("it was kept already"))
    assert openvino_engine(net) is not None
    monkeypatch.undo()
    monkeypatch.setenv("PE_HOME", str(cache.parent.parent))
    with torch.no_grad():
        net.maps.bias += 1.0  # type: ignore[union-attr,operator]
    OpenVinoEngine(net)
    assert len(list(cache.iterdir())) == 2


def test_a_damaged_one_is_made_anew(cache: Path) -> None:
    net = small()
    OpenVinoEngine(net)
    (folder,) = cache.iterdir()
    (folder / "net.xml").write_text("<net", encoding="utf-8")
    assert openvino_engine(net) is not None
    assert (folder / "net.xml").read_text(encoding="utf-8").startswith("<?xml")


def test_what_another_net_left_there_is_made_anew(cache: Path) -> None:
    net, other = small(), NETS["dense"]().eval()  # of other weights
    OpenVinoEngine(net)
    (ours,) = cache.iterdir()
    OpenVinoEngine(other)
    (theirs,) = (folder for folder in cache.iterdir() if folder != ours)
    shutil.rmtree(ours)
    theirs.rename(ours)
    engine = openvino_engine(net)
    assert engine is not None
    x = noise(1, 3, 64, 64)
    assert torch.allclose(engine(x)[0], net.encode(x)[0], atol=1e-4)


def test_an_engine_that_differs_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    computed = OpenVinoEngine.__call__
    monkeypatch.setattr(
        OpenVinoEngine, "__call__", lambda self, x: tuple(1.01 * v for v in computed(self, x))
    )
    with caplog.at_level(logging.WARNING):
        assert openvino_engine(small()) is None
    assert "torch computes" in caplog.text


def test_few_are_kept(cache: Path) -> None:
    for seed in range(module.MOST_KEPT + 2):
        torch.manual_seed(seed)
        OpenVinoEngine(NETS["dense"]().eval())
    assert len(list(cache.iterdir())) == module.MOST_KEPT


def test_a_net_in_training_leaves_nothing_behind(cache: Path) -> None:
    assert SliceReader.of(small(), is_final=False).engine is not None
    assert not cache.exists()


def test_a_full_disk_costs_time_alone(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.tempfile, "mkdtemp", full)
    assert openvino_engine(small()) is not None
    assert not list(cache.iterdir())


def test_without_openvino_torch_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    reader = SliceReader.of(small())
    assert reader.engine is None
    assert torch.equal(reader(noise(1, 3, 64, 64)).logit, small()(noise(1, 3, 64, 64)).logit)


def test_it_may_be_switched_off(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("PE_ENGINE", "torch")
    assert SliceReader.of(small()).engine is None
    assert not cache.exists()


def test_a_net_that_it_cannot_take_stays_with_torch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_: SliceNet) -> None:
        raise RuntimeError("No conversion rule found for operations: aten::logit")

    monkeypatch.setattr(module, "_translated", refused)
    with caplog.at_level(logging.WARNING):
        assert openvino_engine(small()) is None
    assert "does not take this net" in caplog.text


def test_what_reports_to_its_maker_is_never_imported(tmp_path: Path) -> None:
    """In a process of its own, for the import counts once."""
    code = (
        "import sys, torch\n"
        "from pe_models.nets.dense_slice_net import DenseSliceNet\n"
        "from pe_models.nets.openvino_engine import openvino_engine\n"
        "assert openvino_engine(DenseSliceNet('test_efficientnet', width=8).eval()) is not None\n"
        "assert sys.modules['openvino_telemetry'] is None\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry.')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_findings_of_the_shipped_bundle_are_the_same(
    tiny_chest: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load_bundle("pe-phantom")
    by_engine = Pipeline(bundle, "cpu").analyze(tiny_chest).findings
    monkeypatch.setitem(sys.modules, "openvino", None)
    by_torch = Pipeline(bundle, "cpu").analyze(tiny_chest).findings
    ours, theirs = ([s.pe_score for s in f.slices] for f in (by_engine, by_torch))
    assert ours == pytest.approx(theirs, abs=1e-4)
    exams = [{label: s.consistent for label, s in f.exam.items()} for f in (by_engine, by_torch)]
    assert exams[0] == pytest.approx(exams[1], abs=1e-3)
