"""How this program starts Python anew."""

import sys
from collections.abc import Sequence


def python_command(arguments: Sequence[str]) -> tuple[str, ...]:
    """``python ARGUMENTS``, never with the current folder on its path.

    That may be somebody's disc, with files that would be imported in place of the program's own
    (CWE-427).
    """
    return (sys.executable, "-P", *arguments)
