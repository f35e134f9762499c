"""`--log`: the rows of progress.csv, written for other programs' dashboards while a sweep trains."""
