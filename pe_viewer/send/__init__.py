"""Sending DICOM objects to where the site keeps them: DICOM nodes and DICOMweb servers.

Off until a destination is set up; nothing here opens a connection of its own accord.
"""
