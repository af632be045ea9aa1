"""Sizes of groups of practices against a band."""

import math

import numpy as np

from model.measures.groups import group_sizes


def test_sizes_against_a_band_with_its_ends():
    group = np.array([0, 0, 1, 2, 3, -1, 4])
    patients = np.array([10, 20, 50, 51, 29, 99, 0])
    found = group_sizes(group, patients, 30, 50)
    assert found.groups == 4
    assert (found.in_band, found.below, found.above, found.single) == (0.5, 0.25, 0.25, 0.75)
    assert found.median == 40
    assert found.many == 0


def test_more_than_ten_practices():
    assert group_sizes(np.zeros(10, int), np.ones(10), 1, 9).many == 0
    assert group_sizes(np.zeros(11, int), np.ones(11), 1, 9).many == 1


def test_no_groups_have_no_sizes():
    found = group_sizes(np.full(3, -1), np.ones(3), 1, 2)
    assert found.groups == 0
    assert math.isnan(found.in_band)
