"""What one DICOM file says: its elements, its header, the frames in it."""
