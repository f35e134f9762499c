"""Workers that train nothing, and write the files of runs with scores that a test chooses."""

import json

from rlbench.sweep.launchers.contract import Done, Failed
from rlbench.sweep.lookup import here
from rlbench.training.job import Finished


class Writers:
    """Workers that write a run's files at once: its score is what `score` makes of label and seed."""

    def __init__(self, score, fail=()):
        self.score, self.fail, self.trained = score, fail, []

    def ask(self, function, *arguments, parts=frozenset()):
        assert not parts
        if function.__name__ == "_look_at_folders_of":
            return []  # these runs are not whole enough to be gone on with
        return here(function, *arguments)

    def free_memory(self):
        return None

    def run(self, jobs):
        for index, job in enumerate(jobs):
            if job.label in self.fail:
                yield index, Failed("ValueError: no")
                continue
            for seed in job.seeds:
                self.trained.append((job.env, job.label, seed))
                status = self.write(job, seed)
                yield index, Finished(seed, status, job.steps, 0.0, 0.0)
            yield index, Done()

    def value(self, job, seed):
        return self.score(job.label, seed)

    def write(self, job, seed):
        folder, value = job.folder(seed), self.value(job, seed)
        folder.mkdir(parents=True, exist_ok=True)
        status = "diverged" if value is None else "finished"
        about = {"format": 1, "algorithm": job.algorithm, "label": job.label, "env": job.env, "seed": seed}
        about |= {"status": status, "steps": job.steps, "settings": dict(job.settings), "env_steps": job.steps}
        (folder / "run.json").write_text(json.dumps(about | {"settings": json.loads(json.dumps(about["settings"]))}))
        text = f"iteration,env_steps,eval_return_det\n1,{job.steps},{'' if value is None else value}\n"
        (folder / "progress.csv").write_text(text)
        return status
