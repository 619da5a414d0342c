"""Nets that judge one slice or radiograph for itself: table, samples, training, answers, bundle."""
