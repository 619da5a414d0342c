"""Phantoms as sources of arteries to set clots into."""

from pathlib import Path

from benchmarks.transfer.phantoms import phantom_sites
from benchmarks.transfer.set_clots import set_clots
from pe_models.phantom.spec import PhantomSpec

SPEC = PhantomSpec(
    matrix=256, n_slices=24, slice_spacing_mm=3.0, pixel_spacing_mm=1.3, artery_hu=350.0,
    is_positive=False, mimics=(),
)  # fmt: skip


def test_clots_are_set_into_a_phantoms_arteries_at_their_levels() -> None:
    listed = phantom_sites(1, [SPEC])
    (source,) = listed.sources
    volume = source.read(Path())
    sites = listed.of(source)
    assert {"central", "lobar", "segmental"} <= {site.level.value for site in sites}
    for clot in set_clots(source, sites[1:4], volume, seed=0):
        changed = clot.volume.hu != volume.hu
        assert clot.mask.any()
        assert clot.volume.hu[clot.mask].mean() < volume.hu[clot.mask].mean() - 50
        assert changed.sum() < 0.01 * changed.size
