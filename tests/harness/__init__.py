"""Nonsense of every kind for the whole program: command lines, environments, plug-ins, damaged files and kills.

The short version is in `make test`, a longer one in `make test-all`. By hand, with counts at the end:

    make harness INPUTS=10000 KILLS=1000
"""
