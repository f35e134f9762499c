"""Frames -> pictures, with the numbers behind them."""
