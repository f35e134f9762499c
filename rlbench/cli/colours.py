"""The colours of everything that is printed, each legible on a white and on a black background."""

GOOD = "green4"
BAD = "red3"
NOTE = "dark_goldenrod"
MOVING = "turquoise4"
"""Of progress bars and of curves that are drawn while something runs."""
