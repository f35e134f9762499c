"""`python -m rlbench` is the same program as `rlbench`."""

from rlbench.cli import main

if __name__ == "__main__":
    main()
