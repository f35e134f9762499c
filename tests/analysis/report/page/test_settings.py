from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.report.page.origins import read_abouts
from rlbench.analysis.report.page.settings import settings_grids


def grids(folder):
    runs = read(Choice((folder,), allow_mixed=True), {"return_mean"}).runs
    return settings_grids(runs, read_abouts(runs))


def test_what_differs_and_everything(tmp_path, write_run):
    write_run(tmp_path, algorithm="ppo", settings={"gamma": 0.99, "clip_coef": 0.2, "num_envs": 8})
    write_run(tmp_path, algorithm="trpo", settings={"gamma": 0.995, "damping": 0.1, "num_envs": 8})
    made = grids(tmp_path)
    assert made["all"].head == ("setting", "ppo", "trpo")
    assert made["all"].rows == [
        ("clip_coef", "0.2", "–"),
        ("damping", "–", "0.1"),
        ("gamma", "0.99", "0.995"),
        ("num_envs", "8", "8"),
    ]
    assert made["differing"].rows == [("gamma", "0.99", "0.995")]


def test_what_a_user_chose_is_marked_and_differs(tmp_path, write_run):
    write_run(tmp_path, algorithm="ppo", settings={"clip_coef": 0.1}, sources={"clip_coef": "command line"})
    made = grids(tmp_path)
    assert made["differing"].rows == [("clip_coef", "0.1 •")]
    assert "•: chosen by the user, not a default." in made["differing"].caption


def test_a_setting_that_differs_between_environments(tmp_path, write_run):
    for env, gamma in (("Ant-v4", 0.9), ("Hopper-v4", 0.99), ("Walker2d-v4", 0.99)):
        write_run(tmp_path, env, "ppo", settings={"gamma": gamma})
    assert grids(tmp_path)["differing"].rows == [("gamma", "0.9 (Ant-v4); 0.99 (Hopper-v4, Walker2d-v4)")]


def test_no_table_where_no_run_tells(tmp_path, write_run):
    write_run(tmp_path, settings={})
    assert grids(tmp_path) == {}
