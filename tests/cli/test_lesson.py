"""`rlbench lesson`."""

from rlbench.lessons import LESSONS, find_lesson


def test_without_a_name_all_lessons_are_listed_with_their_settings(cli):
    told = cli("lesson").out
    for name in LESSONS:
        assert f"{name}: {find_lesson(name).__doc__.split()[0]}" in told
    assert "critic_epochs" in told


def test_the_command_prints_what_was_found_and_where_it_is(cli, tmp_path):
    words = ["--set=steps=3", "--set=before=1"]
    made = cli("lesson", "mixture", "--seeds", "2", "--out", str(tmp_path), *words)
    assert made.status == 0
    assert "of the optimal return" in made.out
    assert made.out.splitlines()[-2:] == [str(tmp_path / f"mixture_steps-3_before-1.{each}") for each in ("png", "csv")]
    assert "seconds of processor time" in made.err
