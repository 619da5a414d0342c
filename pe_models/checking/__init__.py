"""Check this installation: shipped phantoms through the whole pipeline, against stored results.

As a physicist checks a scanner with a phantom, so the reader checks the model. Cards, references
and history load without torch.
"""
