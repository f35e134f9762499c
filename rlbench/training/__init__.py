"""One job: the loop, the sampler, evaluation, rows and checkpoints. The only room that writes a run's files."""
