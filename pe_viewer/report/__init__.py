"""The report: what leaves the room, built from Study, Findings and Review; a room a format.

``export`` (every format, written whole) > ``html``, ``slides``, ``fhir`` > ``dicom`` > ``pdf``,
``pictures``, ``tables`` > ``drawing`` (what pages draw alike) and ``coded`` (its coded words) >
``content`` (what is said, before any layout) > ``build`` and ``writer`` > ``deidentified`` >
``model`` (Report and KeyImage) > ``measurements``, ``naming``, ``choice``, ``files``.
"""
