"""The report as DICOM objects, one writer a file. Each begins with RESEARCH and says what made it.

highdicom is imported within the functions that need it, so that nothing else waits for it.
"""
