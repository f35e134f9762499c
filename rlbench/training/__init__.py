"""Training of one job: loop, sampler, evaluation, rows and checkpoints. The only package that writes a run's files."""
