"""Sweeps: what is trained, in which process, and how far it is. Options -> request -> jobs -> worker processes ->
results."""
