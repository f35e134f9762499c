"""Folders of runs -> the chosen runs, the numbers of each, and whether their files are whole."""
