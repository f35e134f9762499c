"""Names of variants: from a file, from --name, and what a name may be."""

import pytest

from rlbench.errors import UserError
from rlbench.sweep.request import RawOptions, read_request
from rlbench.sweep.variants import make_label


def read(tmp_path, text="", **typed):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_request(RawOptions(**{"env": ["E"], "device": "cpu", **typed}), path)


SMALL = '[variants.ppo-small]\nalgorithm = "ppo"\nclip_coef = 0.1\n'


def test_variants_of_a_file_run_where_no_algorithm_is_named(tmp_path):
    request = read(tmp_path, SMALL + '[variants."ppo-0.3"]\nalgorithm = "ppo"\nclip_coef = [0.3, 0.4]\n')
    assert request.algorithms == ("ppo-small", "ppo-0.3")
    assert request.variants == {"ppo-small": "ppo", "ppo-0.3": "ppo"}
    assert request.settings == (
        (str(tmp_path / "study.toml"), {"ppo-small.clip_coef": 0.1, "ppo-0.3.clip_coef": [0.3, 0.4]}),
    )


def test_variants_of_a_file_are_named_like_algorithms(tmp_path):
    request = read(tmp_path, SMALL, algorithms=["trpo", "ppo-small"])
    assert request.algorithms == ("trpo", "ppo-small")


def test_a_files_variants_come_after_its_settings_and_before_what_is_typed(tmp_path):
    request = read(tmp_path, "[settings]\ngamma = 0.9\n" + SMALL, settings={"clip_coef": "0.5"})
    assert [values for _, values in request.settings] == [
        {"gamma": 0.9},
        {"ppo-small.clip_coef": 0.1},
        {"clip_coef": "0.5"},
    ]


def test_a_name_for_the_one_algorithm_of_a_command(tmp_path):
    request = read(tmp_path, algorithms=["ppo"], name="mine")
    assert (request.algorithms, request.variants) == (("mine",), {"mine": "ppo"})
    same = read(tmp_path, algorithms=["ppo"], name="ppo")
    assert (same.algorithms, same.variants) == (("ppo",), {})


def test_a_variant_of_a_file_under_another_name_keeps_its_settings(tmp_path):
    request = read(tmp_path, SMALL, name="mine")
    assert request.algorithms == ("mine",)
    assert request.variants["mine"] == "ppo"
    assert request.settings[0][1]["mine.clip_coef"] == 0.1


@pytest.mark.parametrize(
    ("text", "typed", "words"),
    [
        ("", {"algorithms": ["ppo", "trpo"], "name": "x"}, "--name x names settings of one algorithm, not of 2."),
        ("", {"algorithms": ["ppo"], "name": "../x"}, r"a name is lower-case letters, digits and . _ -, 60 at most"),
        ("", {"algorithms": ["ppo"], "name": ""}, "a name is lower-case letters"),
        ("", {"algorithms": ["ppo"], "name": "x" * 61}, "a name is lower-case letters"),
        ("", {"algorithms": ["ppo"], "name": "seed-7"}, "seed-7 is the name of a seed's folder"),
        ("name = 3", {"algorithms": ["ppo"]}, "a name is lower-case letters"),
        (SMALL, {"algorithms": ["ppo"], "name": "ppo-small"}, "is the name of another variant in the --config file"),
        ("variants = 3", {}, "variants are tables, as in: [variants.ppo-small-clip]"),
        ("[variants]\nppo = 3", {}, "variants are tables"),
        ("[variants.a]\nclip_coef = 1", {}, "[variants.a] names no algorithm, as in"),
        ('[variants.ppo0.3]\nalgorithm = "ppo"', {}, 'A name with a dot is put in quotes: [variants."ppo0.3"].'),
        ('[variants.A]\nalgorithm = "ppo"', {}, "[variants.A]: a name is lower-case letters"),
    ],
)
def test_names_that_cannot_be(tmp_path, text, typed, words):
    with pytest.raises(UserError) as error:
        read(tmp_path, text, **typed)
    assert words in str(error.value)


def test_labels_keep_different_values_apart_and_are_names_of_folders():
    assert make_label("ppo", {}) == "ppo"
    values = {"a": (64, 64), "b": (), "c": 0.1, "d": 1 / 3, "e": True, "f": "x/y z", "g": 10, "h": 3e-5}
    assert make_label("ppo", values) == ("ppo-a=64x64-b=none-c=0.1-d=0.3333333333333333-e=true-f=x-y-z-g=10-h=3e-05")
    with pytest.raises(UserError, match=r"is too long. Give it a name in \[variants\]"):
        make_label("ppo", {f"key{n}": "x" * 10 for n in range(20)})
