"""The search for global random state finds what is planted, leaves streams alone, and finds nothing in the house."""

import subprocess
import sys
from pathlib import Path

import pytest
from global_random_state import main, offences

HERE = Path(__file__).parent
PLANTED = [
    "import random",
    "from random import shuffle",
    "import secrets",
    "import os; os.urandom(4)",
    "import numpy as np; np.random.seed(0)",
    "import numpy as np; x = np.random.rand(3)",
    "from numpy import random; random.normal()",
    "from numpy.random import normal; normal()",
    "import numpy; numpy.random.RandomState(3)",
    "import numpy as np; np.random.default_rng()",
    "import numpy as np; np.random.PCG64()",
    "import torch; torch.manual_seed(0)",
    "import torch; torch.cuda.manual_seed_all(0)",
    "import torch as t; t.randn(3)",
    "from torch import randperm; randperm(3)",
    "import torch; torch.multinomial(p, 1)",
    "import torch; x = torch.empty(3); x.normal_()",
    "x.uniform_(0, 1)",
]
FINE = [
    "import numpy as np; np.random.default_rng(seed).normal()",
    "import numpy as np; np.random.Generator(np.random.PCG64(np.random.SeedSequence(3)))",
    "import torch; torch.randn(3, generator=g)",
    "x.normal_(generator=g)",
    "def f(rng): return rng.standard_normal(3) + rng.random()",
    "from rlbench.numerics.streams import stream; stream(0, 1).permutation(5)",
    "import torch; torch.normal_like_names = 3",
]


@pytest.mark.parametrize("source", PLANTED)
def test_what_is_planted_is_found(source):
    assert list(offences(source))


@pytest.mark.parametrize("source", FINE)
def test_streams_are_left_alone(source):
    assert not list(offences(source))


def test_places_are_named_and_the_status_says_so(tmp_path):
    (tmp_path / "bad.py").write_text("import numpy as np\n\nx = np.random.rand(3)\n")
    script = str(HERE / "global_random_state.py")
    done = subprocess.run([sys.executable, script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{tmp_path}/bad.py:3: uses numpy.random.rand" in done.stdout


def test_there_is_none_in_the_house(capsys):
    assert main([str(HERE.parent / "rlbench")]) == 0, capsys.readouterr().out
