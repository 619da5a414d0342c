"""Sites: enough of them, spread, and each in an artery of its series."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.transfer.set_clots import lumen_at, wide_artery_hu
from benchmarks.transfer.sites import SITES_FILE, Site, Source, read_sites
from pe_models.errors import InputError
from pe_models.imaging.volume import Volume
from pe_models.phantom.spec import EMBOLUS_LEVELS, Level

THIN = Level.SUBSEGMENTAL


def test_there_are_sites_of_every_level_on_both_sides_of_every_patient() -> None:
    listed = read_sites()
    assert len(listed.sites) >= 30
    assert {site.level for site in listed.sites} == set(EMBOLUS_LEVELS)
    small = [s for s in listed.sites if s.level in (Level.SEGMENTAL, Level.SUBSEGMENTAL)]
    assert len(small) >= len(listed.sites) / 3
    sides = Counter((site.series, site.side) for site in listed.sites)
    assert all(sides[source.key, side] for source in listed.sources for side in ("left", "right"))


def test_the_file_holds_positions_and_no_pixels() -> None:
    record = json.loads(SITES_FILE.read_text(encoding="utf-8"))
    fields = {name for site in record["sites"] for name in site}
    assert fields == {"series", "sop_instance_uid", "row", "col", "level", "side", "vessel"}


def test_a_site_of_an_unknown_series_is_refused(tmp_path: Path) -> None:
    record = json.loads(SITES_FILE.read_text(encoding="utf-8"))
    record["sites"][3]["series"] = "elsewhere"
    wrong = tmp_path / "sites.json"
    wrong.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match="Site 3"):
        read_sites(wrong)


def test_a_thin_site_of_each_real_series_lies_in_an_artery(real_data: Path) -> None:
    listed = read_sites()
    for source in listed.sources:
        volume = source.read(real_data)
        assert_artery(next(s for s in listed.of(source) if s.level is THIN), source, volume)


@pytest.mark.long
def test_every_site_of_each_real_series_lies_in_an_artery(real_data: Path) -> None:
    listed = read_sites()
    for source in listed.sources:
        volume = source.read(real_data)
        for site in listed.of(source):
            assert_artery(site, source, volume)


def assert_artery(site: Site, source: Source, volume: Volume) -> None:
    artery_hu = wide_artery_hu(volume, source)
    assert 250 < artery_hu < 600
    lumen = lumen_at(site, volume, artery_hu)
    assert lumen.length_mm >= 4, site.name
    middle = lumen.grid.hu[tuple(np.rint(lumen.points).astype(int).T)]
    assert middle.max() > 0.5 * artery_hu, site.name
