"""Streams are what SeedSequence.spawn gives, and differ wherever seed, purpose or index do."""

import itertools

import numpy as np

from rlbench.numerics.streams import Purpose, stream


def test_a_stream_is_a_spawned_child():
    child = np.random.SeedSequence(7).spawn(3)[2].spawn(5)[4]
    expected = np.random.Generator(np.random.PCG64(child)).standard_normal(4)
    assert (stream(7, Purpose(2), 4).standard_normal(4) == expected).all()


def test_no_two_streams_are_alike():
    draws = {
        float(stream(seed, purpose, index).random())
        for seed, purpose, index in itertools.product(range(5), Purpose, range(5))
    }
    assert len(draws) == 5 * len(Purpose) * 5


def test_numbers_of_purposes_are_fixed():
    assert [p.value for p in Purpose] == list(range(len(Purpose)))
    assert stream(0, Purpose.ACTIONS, 0).integers(1 << 30) == 118046113
