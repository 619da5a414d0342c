"""Names of patients in their character sets, and names of files in any bytes at all."""

import os
import re
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path

# PS3.5 annexes H (Japanese), I (Korean), J (Chinese in Unicode and GB18030), and the names that
# the DICOM committee's examples of character sets carry.
STANDARD = [
    ("", b"Adams^John Robert Quincy^^Rev.", "Adams^John Robert Quincy^^Rev."),
    ("ISO_IR 100", "Äneas^Rüdiger".encode("latin-1"), "Äneas^Rüdiger"),
    ("ISO_IR 144", "Люкceмбypг".encode("iso8859-5"), "Люкceмбypг"),
    ("ISO_IR 126", "Διονυσιος".encode("iso8859-7"), "Διονυσιος"),
    ("ISO_IR 192", "Wang^XiaoDong=王^小東=".encode(), "Wang^XiaoDong=王^小東="),
    ("GB18030", "Wang^XiaoDong=王^小东=".encode("gb18030"), "Wang^XiaoDong=王^小东="),
    ("GBK", "Wang^XiaoDong=王^小东=".encode("gbk"), "Wang^XiaoDong=王^小东="),
    (
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    (
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ",
    ),
    (
        "\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    (
        "\\ISO 2022 IR 58",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
        "Zhang^XiaoDong=张^小东=",
    ),
]
WRONG = [
    ("ISO_IR 999", b"M\xfcller^J\xf6rg", "Müller^Jörg"),
    ("", b"M\xfcller^J\xf6rg", "Müller^Jörg"),
    ("ISO_IR 192", b"M\xfcller^J\xf6rg", "M�ller^J�rg"),
    ("\\NONSENSE", b"Plain^Name\xe9", "Plain^Nameé"),
    ("ISO_IR 192\\ISO 2022 IR 87", "Müller".encode(), "Müller"),
    ("\xff\xfe", b"Name\x80\x81", "Name\x80\x81"),
]


@pytest.fixture
def named(write_series):
    """A folder whose files carry these very bytes, which pydicom would write in its own way."""

    def write(character_set: str, name: bytes) -> Path:
        written = write_series()
        for file in written.files:
            before, after = file.read_bytes().split(b"\x08\x00\x08\x00CS", 1)
            start = after.index(b"\x10\x00\x10\x00PN")
            end = start + 8 + len("PHANTOM^Arrow ")
            file.write_bytes(
                before
                + element(b"\x08\x00\x05\x00CS", character_set.encode("latin-1"))
                + b"\x08\x00\x08\x00CS"
                + after[:start]
                + element(b"\x10\x00\x10\x00PN", name)
                + after[end:]
            )
        return written.folder

    return write


def element(head: bytes, value: bytes) -> bytes:
    value += b" " * (len(value) % 2)
    return head + len(value).to_bytes(2, "little") + value


def name_in(folder: Path) -> str:
    (study,) = scan_path(folder).studies
    return study.patient.name


@pytest.mark.parametrize(("character_set", "stored", "shown"), STANDARD)
def test_names_are_those_of_the_standard_and_of_pydicom(named, character_set, stored, shown):
    folder = named(character_set, stored)

    assert name_in(folder) == shown
    theirs = str(pydicom.dcmread(next(folder.iterdir())).PatientName)
    assert re.sub(r"\x1b\$\)A", "", theirs) == shown.rstrip("=")  # which pydicom leaves in


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what the test is about
@pytest.mark.parametrize(("character_set", "stored", "shown"), WRONG)
def test_a_wrong_character_set_costs_no_more_than_its_letters(named, character_set, stored, shown):
    folder = named(character_set, stored)

    assert name_in(folder) == shown
    theirs = str(pydicom.dcmread(next(folder.iterdir())).PatientName)
    assert theirs == shown


@pytest.mark.parametrize(
    "name",
    [
        b"M\xfcller.dcm",
        b"\xff\xfe\xfd",
        b"line\nbreak",
        b"tab\tbell\x07escape\x1b[31m",
        b"back\\slash",
        "ﷺ𝔘𝔫𝔦𝔠𝔬𝔡𝔢 肺動脈 é".encode(),
        b"IM " + b"x" * 250,
        b" leading and trailing ",
        b"-rf",
        b"!",
    ],
)
def test_files_and_folders_of_any_name_are_read(write_series, name):
    written = write_series()
    files, folder = written.files, written.folder / os.fsdecode(name[:200])
    folder.mkdir()
    for index, file in enumerate(files):
        file.rename(folder / os.fsdecode(name[:-1] + b"%d" % index))
    cache = HeaderCache()

    for _ in range(2):
        scan = scan_path(written.folder, cache=cache)
        (series,) = scan.studies[0].series
        assert (series.n_files, scan.skipped) == (3, ())
        np.testing.assert_array_equal(read_volume(series).hu, written.hu)


def test_members_of_zips_of_any_name_are_read(write_series, tmp_path):
    written = write_series()
    names = ["肺/動脈", "a\nb", "\x1b[2J", "/abs/olute", "C:\\x", "..", "con", "a" * 300, "é"]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, written.files[0].read_bytes())
    (tmp_path / "names.zip").write_bytes(packed.getvalue())

    scan = scan_path(tmp_path / "names.zip")

    n_files = sum(series.n_files for study in scan.studies for series in study.series)
    assert (n_files, scan.skipped) == (len(names), ())
