"""A CSV file as columns, refused in one sentence where it is none."""

import csv
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pe_models.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

_OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_columns(
    path: Path, texts: tuple[str, ...], *, categories: tuple[str, ...] = ()
) -> "pd.DataFrame":
    """The table at ``path``: columns ``texts`` as text, all others as categories.

    An empty cell is "", and so is one that a short row lacks. Columns come by name, in whatever
    order. Raises DatasetError where there is no such file, no UTF-8 text, no table or no row, and
    where a column of ``texts`` or ``categories`` is missing or there twice.
    """
    import pandas as pd

    if path.exists() and not path.is_file():
        raise DatasetError(f"{path.name} is a folder or a pipe; give a file, for it is read twice.")
    with _one_sentence(path):
        header = _header(path)
    _require_columns(header, (*texts, *categories), path)
    with _one_sentence(path):
        table = pd.read_csv(
            path,
            dtype={name: str if name in texts else "category" for name in header},
            keep_default_na=False,
            index_col=False,
            compression=None,
            encoding="utf-8",
        )
    if table.empty:
        raise DatasetError(f"{path.name} has no rows below its header.")
    return table


def line_of(path: Path, row: int) -> int:
    """The line of the file, from 1, of a row of its table, from 0: blank lines are no rows."""
    with path.open(encoding="utf-8-sig") as file:
        filled = (number for number, line in enumerate(file, start=1) if line.strip("\r\n"))
        return next(islice(filled, row + 1, None))


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Turns what reading may raise into DatasetError; a row that loses cells is an error too."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            yield
        except (OSError, ValueError, csv.Error, pd.errors.ParserWarning) as error:
            raise DatasetError(_reason(path, error)) from error


def _reason(path: Path, error: Exception) -> str:
    import pandas as pd

    if isinstance(error, FileNotFoundError):
        return f"There is no {path}."
    if isinstance(error, OSError):
        return f"{path.name} cannot be read: {error.strerror}."
    if isinstance(error, UnicodeError):
        return f"{path.name} is no UTF-8 text; save it as CSV in UTF-8."
    if isinstance(error, pd.errors.EmptyDataError):
        return f"{path.name} is empty."
    if isinstance(error, pd.errors.ParserWarning):
        return f"{path.name} is no CSV table: its rows have more cells than its header."
    detail = str(error).rpartition("C error: ")[2].strip().rstrip(".")
    return f"{path.name} is no CSV table: {detail}."


def _header(path: Path) -> list[str]:
    """Names of the columns. Raises what ``_one_sentence`` understands."""
    import pandas as pd

    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            if row:
                return row
    raise pd.errors.EmptyDataError


def _require_columns(header: list[str], wanted: tuple[str, ...], path: Path) -> None:
    missing = [name for name in wanted if name not in header]
    if missing and len(header) == 1:
        for separator, name in _OTHER_SEPARATORS.items():
            if separator in header[0]:
                raise DatasetError(f"{path.name}: its columns are separated by {name}, not commas.")
    if missing:
        raise DatasetError(f"{path.name} lacks the columns {', '.join(missing)}.")
    repeated = [name for name, n in Counter(header).items() if n > 1 and name in wanted]
    if repeated:
        raise DatasetError(f"{path.name} has the columns {', '.join(repeated)} more than once.")
