"""Tasks of other packages and modules: found by name without running them, loaded, and refused in one line."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from strangers import install_task

from rlbench import envs
from rlbench.envs.origin import modules_of
from rlbench.envs.own_tasks import get_task, own_task_ids
from rlbench.envs.physics.buffers import LARGEST
from rlbench.envs.registry import refuse_unknown
from rlbench.envs.side_by_side import compare
from rlbench.envs.task_env import make_task_env
from rlbench.errors import Fault, UserError

SOURCE = (Path(__file__).parents[2] / "examples" / "point" / "point.py").read_text()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path; its modules are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def make(env_id, starts):
    return envs.make(env_id, (0, 1), 3, starts)


def test_one_world_of_gymnasiums_kind_has_the_numbers_of_a_batch(site, starts):
    install_task(site, "Point-v0", "point_g", SOURCE)
    worlds = envs.make("Point-v0", (0, 1), 3, starts, max_episode_steps=40)
    singles = [make_task_env(get_task("Point-v0"), 40) for _ in range(6)]
    push = torch.tensor([1.0, 0.5, 0.1, 0.0, -3.0, -0.1]).view(2, 3, 1).expand(2, 3, 2)
    found = compare(worlds, singles, 90, lambda: push)
    assert found.difference is None, str(found.difference)
    assert found.ends["terminated"] > 0
    assert found.ends["truncated"] > 0
    first, again = (single.reset(seed=4)[0] for single in singles[:2])
    assert np.array_equal(first, again)
    assert not np.array_equal(first, singles[0].reset(seed=5)[0])


def test_an_installed_task_is_known_by_name_without_running_it(site):
    install_task(site, "Point-v0", "point_a", "raise RuntimeError('run')")
    assert own_task_ids() == ("Point-v0",)
    refuse_unknown("Point-v0")
    assert envs.is_foreign("Point-v0")
    assert "point_a" not in sys.modules
    with pytest.raises(
        UserError, match=r"^Point-v0 cannot be used\. plug-in point_a:POINT of point_a: it cannot be load"
    ):
        get_task("Point-v0")


def test_an_installed_task_and_that_of_a_module_are_the_same_worlds(site, starts):
    install_task(site, "Point-v0", "point_b", SOURCE)
    installed, named = make("Point-v0", starts), make("point_b:Point-v0", starts)
    assert installed.reset().equal(named.reset())
    assert (installed.name, named.name) == ("Point-v0", "point_b:Point-v0")
    assert (installed.obs_size, installed.action_size, installed.max_episode_steps) == (4, 2, 200)
    assert modules_of("Point-v0") == modules_of("point_b:Point-v0") == ("point_b",)


def test_a_model_in_a_file_beside_the_module(site, starts):
    xml = SOURCE.partition('MODEL = """')[2].partition('"""')[0]
    (site / "point.xml").write_text(xml)
    path = "str(__import__('pathlib').Path(__file__).with_name('point.xml'))"
    install_task(site, "Point-v0", "point_c", SOURCE.replace("xml=MODEL", f"xml={path}"))
    assert make("Point-v0", starts).reset().shape == (2, 3, 4)


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("Hopper-v4", SOURCE, "the name is that of rlbench's own Hopper-v4"),
        ("point", SOURCE, "a name is letters, digits, _ and ., 40 at most, and a version: Point-v0"),
        ("Other-v0", SOURCE, "its id is 'Point-v0', and it is registered as 'Other-v0': both must be the same"),
        ("Point-v0", SOURCE.replace("frame_skip=4", "frame_skip=0.5"), "its frame_skip is 0.5, not a whole number"),
        ("Point-v0", SOURCE + "\nPOINT = 3", "it is not a rlbench.Task"),
    ],
)
def test_one_that_does_not_fit_is_refused_in_one_line(site, name, source, reason):
    install_task(site, name, "point_d", source)
    if name != "Hopper-v4":
        with pytest.raises(UserError, match=f"^{name} cannot be used. plug-in point_d:POINT of point_d: {reason}"):
            envs.check(name)
    else:
        assert get_task(name).xml == "hopper.xml"


def test_an_error_of_a_function_names_the_task_and_the_function(site, starts):
    failing = SOURCE.replace("return f.goal - f.qpos, f.qvel", "return 1 / 0")
    install_task(site, "Point-v0", "point_e", failing)
    with pytest.raises(Fault, match=r"^Point-v0: its observe\(\) failed: ZeroDivisionError: division by zero"):
        make("Point-v0", starts)


def test_an_unknown_id_says_how_ones_own_is_named():
    with pytest.raises(
        UserError, match=r"no environment 'Point-v0'\. .*--env my_module:Point-v0 \(docs/own-tasks\.md\)"
    ):
        refuse_unknown("Point-v0")


def test_a_module_without_the_task_says_what_was_looked_for(site, starts):
    (site / "empty_module.py").write_text("")
    with pytest.raises(
        UserError, match=r"importing it registers none of that id with Gymnasium, and it has no rlbench.Ta"
    ):
        make("empty_module:Point-v0", starts)


def test_a_module_of_the_working_folder_says_where_python_looks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here_only.py").write_text(SOURCE)
    with pytest.raises(UserError, match=r"It is in this folder, where Python does not look: put PYTHONPATH=\. before"):
        refuse_unknown("here_only:Point-v0")
    with pytest.raises(UserError, match=r"there is none of that name here\.$"):
        refuse_unknown("nowhere_at_all:Point-v0")


def test_buffers_of_a_model_that_nobody_measured():
    assert LARGEST == (48, 192)


def test_the_worlds_of_a_task_do_not_depend_on_who_asks(site, starts):
    install_task(site, "Point-v0", "point_f", SOURCE)
    alone = envs.make("Point-v0", (1,), 3, starts).reset()
    assert np.array_equal(make("Point-v0", starts).reset()[1], alone[0])
