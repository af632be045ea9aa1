"""Sharing rows among threads: every row once, whoever takes it."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients import threads as module
from model.patients.threads import in_strips, number_of_threads, set_threads


@given(items=st.integers(0, 400), threads=st.integers(1, 5), unit=st.integers(1, 60))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_strips_cover_every_item_once(items, threads, unit):
    taken, lock = np.zeros(items, int), threading.Lock()

    def work(first, last, thread):
        assert first % unit == 0
        assert 0 <= thread < threads
        with lock:
            taken[first:last] += 1

    in_strips(items, threads, work, unit)
    assert (taken == 1).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_a_mistake_in_a_strip_is_heard_of(threads):
    def work(first, last, thread):
        if first <= 50 < last:
            raise ZeroDivisionError("row 50")

    with pytest.raises(ZeroDivisionError, match="row 50"):
        in_strips(100, threads, work)


def test_how_many_threads_is_told_or_found(monkeypatch):
    monkeypatch.setattr(module, "_chosen", [])
    monkeypatch.setenv("GPDRIFT_THREADS", "7")
    assert number_of_threads() == 7
    monkeypatch.setenv("GPDRIFT_THREADS", "many")
    assert number_of_threads() >= 1
    set_threads(3)
    assert number_of_threads() == 3
    set_threads(0)
    assert number_of_threads() == 1
