"""Ways in from Python to compiled functions: plain for this model's own, as numba makes them for anybody else's."""

import numba
import pytest

import model.patients.compiled  # noqa: F401 (what is tested happens when it is loaded)


@pytest.mark.parametrize(("module", "plain"), [("model.patients.somewhere", True), ("somebody.elses", False)])
def test_only_the_models_own_ways_in_are_left_plain(module, plain):
    def add_one(number):
        return number + 1

    add_one.__module__ = module
    compiled = numba.njit(add_one)
    assert compiled(41) == 42
    (code,) = compiled.inspect_llvm().values()
    assert ("optnone" in code) == plain
