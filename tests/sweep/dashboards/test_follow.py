"""Rows for dashboards: each once, whatever happens to the file, and a dashboard that fails harms nobody."""

import pytest

from rlbench.errors import UserError
from rlbench.sweep.dashboards.choose import read_names
from rlbench.sweep.dashboards.follow import Feed, Follower
from rlbench.sweep.events import DashboardLost, JobEvent
from rlbench.sweep.launchers.contract import Failed, Restarted
from rlbench.sweep.state import JobState
from rlbench.training.job import Finished, Job, Progress

HEADER = "iteration,env_steps,return_mean,kl\n"


@pytest.fixture
def job(tmp_path):
    job = Job("trpo", "Hopper-v4", (0, 1), 1000, {}, 0, tmp_path)
    for seed in job.seeds:
        job.folder(seed).mkdir(parents=True)
    return job


def write(job, seed, text):
    (job.folder(seed) / "progress.csv").write_text(text)


class Kept:
    """A dashboard in memory."""

    def __init__(self):
        self.rows, self.ends = [], []

    def __call__(self, _, seed):
        kept = self

        class Log:
            def write(self, env_steps, values):
                kept.rows.append((seed, env_steps, values))

            def close(self, status):
                kept.ends.append((seed, status))

        return Log()


def test_a_feed_gives_each_whole_row_once(tmp_path):
    path = tmp_path / "progress.csv"
    feed = Feed(path)
    assert list(feed.rows()) == []
    path.write_text(f"{HEADER}1,100,,0.01\n2,200,5.0,na")
    assert list(feed.rows()) == [(100, {"iteration": 1.0, "kl": 0.01})]
    path.write_text(f"{HEADER}1,100,,0.01\n2,200,5.0,nan\n")
    assert list(feed.rows()) == [(200, {"iteration": 2.0, "return_mean": 5.0})]
    assert list(feed.rows()) == []


def test_after_a_kill_the_rows_that_were_cut_are_not_given_again(job):
    kept = Kept()
    follower = Follower({"kept": kept}, lambda _: None)
    state = JobState(job)
    write(job, 0, f"{HEADER}1,100,1,1\n2,200,2,1\n")
    follower.hear(JobEvent(state, Progress(200, (2.0, None))))
    write(job, 0, f"{HEADER}1,100,1,1\n")
    follower.hear(JobEvent(state, Restarted(Failed("killed"), 1)))
    write(job, 0, f"{HEADER}1,100,1,1\n2,200,2,1\n3,300,3,1\n")
    follower.hear(JobEvent(state, Progress(300, (3.0, None))))
    assert [row[1] for row in kept.rows] == [100, 200, 300]


def test_seeds_end_as_they_ended_and_the_rest_is_stopped(job):
    kept, heard = Kept(), []
    follower = Follower({"kept": kept}, heard.append)
    for seed in job.seeds:
        write(job, seed, f"{HEADER}1,100,1,1\n")
    event = JobEvent(JobState(job), Finished(1, "diverged", 100, None, None))
    follower.hear(event)
    follower.close()
    assert kept.ends == [(1, "diverged"), (0, "stopped")]
    assert heard == [event]


def test_a_dashboard_that_fails_is_told_once_and_the_others_go_on(job):
    class Broken:
        def __init__(self, *_):
            raise OSError("disk\nfull")

    kept, heard = Kept(), []
    follower = Follower({"broken": Broken, "kept": kept}, heard.append)
    for seed in job.seeds:
        write(job, seed, f"{HEADER}1,100,1,1\n")
    follower.hear(JobEvent(JobState(job), Progress(100, (1.0, 1.0))))
    follower.close()
    assert [row[:2] for row in kept.rows] == [(0, 100), (1, 100)]
    lost = [event for event in heard if isinstance(event, DashboardLost)]
    assert [str(each) for each in lost] == [
        "warning: --log broken failed, and is left out from now on: OSError: disk full"
    ]


def test_one_that_fails_at_a_row_is_left_out_too(job):
    class Full:
        def __init__(self, *_):
            self.rows = 0

        def write(self, *_):
            raise OSError("disk full")

        def close(self, _):
            raise AssertionError("it was left out")

    heard = []
    follower = Follower({"full": Full}, heard.append)
    write(job, 0, f"{HEADER}1,100,1,1\n2,200,1,1\n")
    follower.hear(JobEvent(JobState(job), Progress(200, (1.0, 1.0))))
    follower.close()
    assert sum(isinstance(event, DashboardLost) for event in heard) == 1


def test_names():
    assert read_names(None) == ()
    assert read_names(["tensorboard,wandb"]) == read_names("tensorboard,wandb") == ("tensorboard", "wandb")
    with pytest.raises(
        UserError, match=r"--log is tensorboard or wandb, not 'tensorbaord'\. Did you mean tensorboard\?"
    ):
        read_names("tensorbaord")
    with pytest.raises(UserError, match="--log is tensorboard or wandb, not 3"):
        read_names(3)
