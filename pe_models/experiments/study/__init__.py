"""The slice-classifier study: thirteen nets on the same slices, by two splits side by side.

``data`` and ``drawing`` give it its slices, ``models`` and ``presets`` its nets; ``carrying_out``
trains and scores them one after the other, ``results`` measures and compares, ``tables`` and
``figures`` write. ``trial`` says beforehand how long the whole would take.
"""
