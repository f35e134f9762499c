"""Videos: which runs are shown, what is in the picture, and that files are whole or not there."""

import json
import subprocess
import sys
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from short_runs import train

import rlbench
from rlbench.envs.own_tasks import lend_task, return_task
from rlbench.envs.rendering import Tried, find_backend
from rlbench.envs.tasks.task import Task, uniform_start
from rlbench.errors import UserError
from rlbench.trained.video import camera
from rlbench.trained.video.choose import choose
from rlbench.trained.video.picture import BACKGROUND, DIMMED, Layout, draw

encode = pytest.importorskip("rlbench.trained.video.encode", reason="imageio-ffmpeg is not installed")
get_ffmpeg_exe = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe
NOTHING = {"settings": {}, "versions": {}, "steps": 9, "env_steps": 9, "eval_every": 0, "format": 1}


def make_run(out, algorithm, seed, score, env="Hopper-v4", checkpoint=True):
    """A folder that looks like a run's."""
    folder = out / env / algorithm / f"seed-{seed}"
    folder.mkdir(parents=True)
    evaluation = {} if score is None else {"evaluation": {"eval_return_det": score}}
    about = {**NOTHING, "status": "finished", "algorithm": algorithm, "env": env, "seed": seed, **evaluation}
    (folder / "run.json").write_text(json.dumps(about))
    if checkpoint:
        (folder / "checkpoint.pt").touch()


def chosen(out, env=None, algorithms=(), seed="median"):
    notes = []
    found = choose([out], env, algorithms, seed, notes.append)
    return [(each.algorithm, each.seed) for each in found], [str(note) for note in notes]


def test_the_best_the_median_or_a_seed_of_each_algorithm(tmp_path):
    for seed, score in enumerate((5.0, 1.0, 9.0, None)):
        make_run(tmp_path, "ppo", seed, score)
    make_run(tmp_path, "trpo", 3, None)
    assert chosen(tmp_path) == ([("ppo", 0), ("trpo", 3)], [])
    assert chosen(tmp_path, seed="best", algorithms=("trpo", "ppo")) == ([("trpo", 3), ("ppo", 2)], [])
    assert chosen(tmp_path, seed="3")[0] == [("ppo", 3), ("trpo", 3)]
    with pytest.raises(UserError, match=r"trpo has no seed 1: there are best, median and 3"):
        chosen(tmp_path, seed=1)
    with pytest.raises(UserError, match=r"No run with a policy is of pop\. Did you mean ppo\? There are: ppo, trpo"):
        chosen(tmp_path, algorithms=("pop",))


def test_runs_without_a_policy_are_left_out_and_one_environment_is_asked_for(tmp_path):
    make_run(tmp_path, "a2c", 0, 1.0, checkpoint=False)
    with pytest.raises(UserError, match=r"seed-0 has no checkpoint\.pt, which holds the policy"):
        chosen(tmp_path)
    make_run(tmp_path, "ppo", 0, 1.0)
    found, notes = chosen(tmp_path)
    assert (found, len(notes)) == ([("ppo", 0)], 1)
    assert "is left out: there is no checkpoint.pt" in notes[0]
    make_run(tmp_path, "ppo", 0, 1.0, env="Ant-v5")
    with pytest.raises(UserError, match=r"The runs are on Ant-v5, Hopper-v4\. A video shows one .*: --env Ant-v5"):
        chosen(tmp_path)
    assert chosen(tmp_path, env="Ant-v5")[0] == [("ppo", 0)]
    with pytest.raises(UserError, match=r"No run with a policy is on Ant-v4\. Did you mean Ant-v5\?"):
        chosen(tmp_path, env="Ant-v4")


def scene(name, shade, ended=""):
    policy = SimpleNamespace(algorithm=name, seed=1, env_steps=1000)
    picture = np.full((90, 120, 3), shade, np.uint8)
    return SimpleNamespace(policy=policy, total=1234.5, ended=ended, steps=50, rate=10.0, picture=lambda: picture)


def test_pictures_are_side_by_side_with_words_above_and_dimmed_after_the_end():
    layout = Layout(2, 120, 90)
    frame = draw(layout, [scene("ppo", 200), scene("a-name-too-long-for-its-place", 200, "ended")], "below")
    assert frame.shape == (layout.size[1], layout.size[0], 3)
    assert not {side % 2 for side in layout.size} - {0}
    (_, _), (second, _) = layout.place(0), layout.place(1)
    pictures = frame[layout.band : layout.band + 90]
    assert (pictures[:, :120] == 200).all()
    assert (pictures[:, second : second + 120] == int(200 * DIMMED)).all()
    for band in (frame[: layout.band, :120], frame[: layout.band, second : second + 120], frame[layout.band + 90 :]):
        assert (band.max(axis=2) > 150).mean() > 0.005  # letters
    gap = frame[:, 120:second]
    assert (gap == BACKGROUND).all()  # no name leaves its place


def test_more_than_a_row():
    layout = Layout(5, 100, 80)
    assert (layout.columns, layout.rows) == (4, 2)
    assert layout.place(4)[0] == 0
    assert layout.place(4)[1] == layout.band + 80 + 4


def frames_of(path, size):
    """All frames of a video of width and height `size`."""
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 3)


def test_files_hold_the_frames_that_were_added(tmp_path):
    paths = [tmp_path / "v.mp4", tmp_path / "v.gif"]
    with encode.writing(paths, (64, 48), 32.0) as add:
        for shade in range(0, 256, 16):
            add(np.full((48, 64, 3), shade, np.uint8))
        assert not any(path.exists() for path in paths)
    film, moving = (frames_of(path, (64, 48)) for path in paths)
    assert len(film) == 16
    assert np.abs(film.mean(axis=(1, 2, 3)) - np.arange(0, 256, 16)).max() < 4
    assert len(moving) in (8, 9)  # every other one
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.gif", "v.mp4"]


def stop_after_a_frame(path):
    with encode.writing([path], (64, 48), 30.0) as add:
        add(np.zeros((48, 64, 3), np.uint8))
        raise KeyboardInterrupt


def test_nothing_is_left_of_a_video_that_is_not_finished(tmp_path):
    (tmp_path / "v.mp4").write_text("an older one")
    with pytest.raises(KeyboardInterrupt):
        stop_after_a_frame(tmp_path / "v.mp4")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["an older one"]


COUNTER = """
import gymnasium, numpy
from gymnasium.spaces import Discrete

class Counter(gymnasium.Env):
    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}
    observation_space, action_space = Discrete(2), Discrete(2)

    def __init__(self, render_mode=None):
        self.time = 0

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return 0, {}

    def step(self, action):
        self.time += 1
        return self.time % 2, 1.5, self.time == 13, False, {}

    def render(self):
        return numpy.full((40, 50, 3), 10 * self.time, numpy.uint8)

gymnasium.register("Counter-v0", Counter, max_episode_steps=20)
"""


@pytest.fixture(scope="module")
def counters(tmp_path_factory):
    """Runs of two algorithms on an environment that draws how many steps it has made, and ends after 13."""
    out = tmp_path_factory.mktemp("out")
    (out / "counter.py").write_text(COUNTER)
    sys.path.insert(0, str(out))
    for algorithm in ("cem", "ppo"):
        train(algorithm, "counter:Counter-v0", out)
    yield out
    sys.path.remove(str(out))
    gymnasium.registry.pop("Counter-v0", None)
    sys.modules.pop("counter", None)


def test_the_film_of_an_episode(counters, tmp_path):
    events = []
    made = rlbench.video(counters, tmp_path / "v.mp4", env="counter:Counter-v0", width=160, on_event=events.append)
    assert [(each.policy.algorithm, each.total, each.steps, each.ended) for each in made.shown] == [
        ("cem", 19.5, 13, "ended"),
        ("ppo", 19.5, 13, "ended"),
    ]
    assert (made.rate, made.frames) == (30.0, 8 + 45)  # a frame for each other step, then the last one for 1.5 s
    assert [event.frames for event in events] == list(range(1, 9))
    layout = Layout(2, 160, 120)
    film = frames_of(made.paths[0], layout.size)
    assert len(film) == made.frames
    seen = film[:, layout.band + 60, 80].mean(axis=1)
    assert np.abs(seen[:7] - 20 * np.arange(7)).max() < 6
    assert np.abs(seen[7:] - int(130 * DIMMED)).max() < 6
    some = {"algorithms": ["ppo"], "seconds": 0.1, "fps": 60}
    short = rlbench.video(counters, tmp_path / "v.gif", env="counter:Counter-v0", **some)
    assert (len(short.shown), short.shown[0].ended, short.shown[0].steps) == (1, "", 6)


@pytest.mark.parametrize(
    ("out", "choices", "told"),
    [
        ("v.avi", {}, r"v\.avi is neither \.mp4 nor \.gif"),
        ("no/v.mp4", {}, r"v\.mp4 cannot be written: No such file or directory"),
        ("v.mp4", {"fps": 0}, "--fps is from 1 to 240, not 0"),
        ("v.mp4", {"width": 9999}, "--width is from 160 to 1920"),
        ("v.mp4", {"seconds": 0}, "--seconds is above 0"),
        ("v.mp4", {"seed": "worst"}, "cem has no seed worst"),
    ],
)
def test_what_cannot_be_filmed_is_one_line(counters, tmp_path, out, choices, told):
    with pytest.raises(UserError, match=told) as error:
        rlbench.video(counters, tmp_path / out, env="counter:Counter-v0", **choices)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_an_environment_without_pictures(counters, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules["counter"].Counter.metadata, "render_modes", [])
    with pytest.raises(UserError, match="draws no pictures: its render_modes are"):
        rlbench.video(counters, tmp_path / "v.mp4", env="counter:Counter-v0")


def test_a_machine_that_cannot_draw(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(camera, "find_backend", lambda: (None, [Tried("egl", "no library")]))
    with pytest.raises(UserError, match=r"MuJoCo cannot draw here \(egl: no library\)\. Install a library that draws"):
        rlbench.video(trained("ppo", "Hopper-v4"), tmp_path / "v.mp4")


@pytest.fixture(scope="module")
def backend():
    """What find_backend answers here, asked once."""
    found = find_backend()
    if found[0] is None:
        pytest.skip("none of MuJoCo's rendering backends works here")
    return found


def test_the_hopper_is_in_the_picture_and_moves(trained, tmp_path, monkeypatch, backend):
    monkeypatch.setattr(camera, "find_backend", lambda: backend)
    rlbench.video(trained("ppo", "Hopper-v4"), tmp_path / "v.mp4", width=160, seconds=0.1)
    layout = Layout(1, 160, 120)
    film = frames_of(tmp_path / "v.mp4", layout.size)[:, layout.band : layout.band + 120].astype(float)
    red, _, blue = np.moveaxis(film[0], 2, 0)
    assert 0.01 < (red > blue + 40).mean() < 0.3  # nothing else is of that colour
    assert np.abs(film[2] - film[0]).mean() > 0.2


@pytest.mark.parametrize("env", ["InvertedPendulum-v5", "Pusher-v5"])
def test_models_without_a_camera_that_follows_are_drawn(env, monkeypatch, backend):
    monkeypatch.setattr(camera, "find_backend", lambda: backend)
    stage = camera.Stage(env, 160, 120)
    world, view = stage.make()
    world.reset(seed=0)
    lit = view.picture().max(axis=2) > 40
    assert 0.01 < lit[30:90, 40:120].mean() < 0.9  # in the middle, on black
    world.close()
    stage.close()


HIGH_UP = """
<mujoco>
  <worldbody>
    <light pos="0 0 20"/>{camera}
    <body pos="0 0 10">
      <joint name="hinge" type="hinge" axis="0 1 0"/>
      <geom type="capsule" fromto="0 0 0 0 0 -.6" size=".2" mass="1"/>
    </body>
  </worldbody>
  <actuator><motor joint="hinge"/></actuator>
</mujoco>
"""


@pytest.mark.parametrize("seen_by", ["", '<camera pos="0 -3 10" xyaxes="1 0 0 0 0 1"/>'], ids=["free", "own camera"])
def test_a_task_of_ones_own_is_in_the_picture_wherever_it_is(seen_by, monkeypatch, backend):
    monkeypatch.setattr(camera, "find_backend", lambda: backend)
    parts = {"start": uniform_start(0.1), "observe": lambda f: (f.qpos,), "reward": lambda *_: 0.0}
    lend_task("HighUp-v0", Task(id="HighUp-v0", xml=HIGH_UP.format(camera=seen_by), frame_skip=1, **parts))
    try:
        stage = camera.Stage("HighUp-v0", 160, 120)
        world, view = stage.make()
        world.reset(seed=0)
        lit = view.picture().max(axis=2) > 40
        assert 0.01 < lit[30:90, 40:120].mean() < 0.9
        assert lit[:, [0, -1]].mean() == 0
        world.close()
        stage.close()
    finally:
        return_task("HighUp-v0")
