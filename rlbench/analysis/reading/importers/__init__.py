"""Results that other tools wrote, read as data and written in this project's layout: one module for each format."""
