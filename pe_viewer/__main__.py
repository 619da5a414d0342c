"""``python -m pe_viewer`` and the command ``pe-viewer``."""

import sys

from pe_viewer.cli import main

if __name__ == "__main__":
    sys.exit(main())
