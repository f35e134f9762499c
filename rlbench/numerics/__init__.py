"""Pure functions on tensors whose first axis is the seed."""
