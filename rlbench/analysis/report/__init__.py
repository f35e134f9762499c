"""Frames -> what a person reads: tables, and the verdict in words."""
