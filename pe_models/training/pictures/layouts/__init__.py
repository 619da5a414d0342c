"""Data sets in the layouts they are published in, as PictureTables; one module a layout."""
