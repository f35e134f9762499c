import pytest
from short_runs import train


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Makes the folder of a short run, once."""
    made = {}

    def make(algorithm, env):
        if (algorithm, env) not in made:
            made[algorithm, env] = train(algorithm, env, tmp_path_factory.mktemp("out"))
        return made[algorithm, env]

    return make
