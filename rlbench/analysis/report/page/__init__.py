"""One HTML file that holds a whole comparison: verdict, tables, figures, settings and provenance."""
