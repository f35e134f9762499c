"""Names of figures' files."""

from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.metrics import column_of
from rlbench.analysis.text import file_name


def stem(beginning: str, options: PlotOptions, metric: str) -> str:
    """A name that says what is drawn, so that another metric or score has files of its own."""
    score = "" if options.score == "final" else f"{options.score}_"
    axis = "" if options.x == "steps" else f"_{options.x}"
    return f"{beginning}_{score}{file_name(column_of(metric))}{axis}"
