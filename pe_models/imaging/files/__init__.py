"""The files of a path, in folders, zips and DICOMDIRs; their headers, read once and remembered."""
