"""The coded words of DICOM and FHIR, and what the reader entered in them."""
