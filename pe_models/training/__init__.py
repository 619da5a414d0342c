"""From labelled series to a ModelBundle, room by room; each knows only those below it.

``export`` (a run becomes a bundle) and ``placing`` (rules for places, fitted to a bundle) >
``road`` (a run, stage after stage) > ``stages`` (what each gives the loop) and ``heart`` (a net
beside the run) > ``answers`` (what trained nets say) and ``weights`` (the nets of a run) > ``loop``
(one stage, step by step) > ``batches`` (what a step sees) > ``losses``, ``preparing`` (series
become studies of a store) and ``run`` (the folder that others follow) > ``config`` and ``store``
(the prepared studies) > ``files``.
"""
