"""Where the jobs of a sweep run: one interface, and a module for each place."""
