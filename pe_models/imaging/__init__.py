"""From files to HU: scan, read, geometry. numpy, pydicom and decoders only."""
