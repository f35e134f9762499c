"""`rlbench doctor`: whether this machine can do what rlbench needs, and what mends it where it cannot."""
