"""Commands that ask for runs, read their results and ask for more. Above sweep and analysis."""
