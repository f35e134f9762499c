"""A trained policy as a file that other programs can use: one module a format."""
