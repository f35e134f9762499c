"""Views that are kept while their vector lives, and not longer; and none of what torch differentiates."""

import gc
import weakref

import pytest
import torch
from torch.autograd import forward_ad

from rlbench.numerics.arrays import alike, as_numpy, seen_as
from rlbench.numerics.views import kept_with_vector


@pytest.fixture
def halves():
    """Cuts vectors in two, and counts how often."""
    calls = []

    def cut(vector, at):
        calls.append(at)
        return vector[:, :at], vector[:, at:]

    return kept_with_vector(cut), calls


def test_views_are_cut_once_for_a_vector_and_a_way_to_cut_it(halves):
    cut, calls = halves
    vector, other = torch.zeros(2, 6), torch.zeros(2, 6)
    assert cut(vector, 2)[0] is cut(vector, 2)[0]
    assert cut(vector, 3)[0].shape == (2, 3)
    assert cut(other, 2)[0].data_ptr() != cut(vector, 2)[0].data_ptr()
    assert calls == [2, 3, 2]
    cut(vector, 2)[1].add_(1)
    assert vector.sum() == 8  # the same memory


def test_a_vector_dies_with_its_views(halves):
    cut, calls = halves
    gc.disable()  # by its own, and not only when cycles are looked for
    try:
        vector = torch.zeros(2, 6)
        views = [weakref.ref(each) for each in cut(vector, 2)]
        dead = weakref.ref(vector)
        del vector
        assert dead() is None
        assert [each() for each in views] == [None, None]
    finally:
        gc.enable()
    for _ in range(10):  # others may get its place in memory, and do not get its views
        cut(torch.zeros(2, 6), 2)
    assert len(calls) == 11


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
def test_views_of_what_torch_differentiates_are_torchs(halves):
    cut, calls = halves
    vector = torch.ones(2, 6)
    cut(vector, 2)
    vector.requires_grad_()
    (3 * cut(vector, 2)[0]).sum().backward()
    assert vector.grad.tolist() == [[3, 3, 0, 0, 0, 0]] * 2
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.ones(2, 6), torch.arange(12.0).view(2, 6))
        for _ in range(2):
            assert forward_ad.unpack_dual(cut(dual, 2)[1]).tangent.tolist() == [[2, 3, 4, 5], [8, 9, 10, 11]]
    assert len(calls) == 4


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
def test_numpy_is_not_given_what_torch_differentiates():
    leaf = torch.ones(2, 6, requires_grad=True)
    with forward_ad.dual_level():
        for vector in (leaf, forward_ad.make_dual(torch.ones(2, 6), torch.ones(2, 6))):
            for look in (as_numpy, lambda x: alike(x, x.detach().numpy()), lambda x: seen_as(x, x.detach().numpy())):
                with pytest.raises(RuntimeError, match="torch cannot differentiate what NumPy does"):
                    look(vector)
    with torch.no_grad():
        assert seen_as(leaf, leaf.detach().numpy()).sum() == 12
