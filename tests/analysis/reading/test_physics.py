from rlbench.analysis.reading.physics import say_physics

BATCH, OWN = "mujoco.batch (CPU, float64)", "the environment's own (CPU)"


def test_one_kind_of_all_is_said_once():
    assert say_physics({("A-v0", "ppo"): BATCH, ("B-v0", "ppo"): BATCH}) == f"Physics: {BATCH}."


def test_each_kind_is_said_with_its_place_and_what_is_not_known_is_unknown():
    kinds = {
        ("A-v0", "mine"): "unknown",
        ("A-v0", "ppo"): BATCH,
        ("B-v0", "mine"): BATCH,
        ("B-v0", "ppo"): BATCH,
        ("C-v0", "ppo"): OWN,
        ("D-v0", "ppo"): "",
    }
    said = say_physics(kinds)
    assert said == f"Physics: unknown for A-v0 mine, D-v0; {BATCH} for A-v0 ppo, B-v0; {OWN} for C-v0."


def test_nothing_known_is_unknown():
    assert say_physics({("A-v0", "ppo"): ""}) == "Physics: unknown."
