"""The name of a series in the library."""

import hashlib


def series_id(series_key: str) -> str:
    """32 hexadecimal digits that tell nothing of the path in ``Series.key``."""
    return hashlib.sha256(series_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
