"""One retraining, from data to the gate: gathered, trained, compared, decided upon.

It runs in a process of its own and leaves everything in one folder, so that whoever started it may
go, and find it again. Order, folder, summary and rates load without torch.
"""
