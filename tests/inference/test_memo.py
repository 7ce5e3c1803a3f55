"""The memo never grows over its limit, forgets the oldest first, and answers as computing would."""

import numpy as np
import pytest

from napari_leafseg.inference.memo import BoundedMemo, size_of


def test_computes_once():
    memo, calls = BoundedMemo(), []
    for _ in range(3):
        assert memo.get(("a",), lambda: calls.append(1) or 7) == 7
    assert len(calls) == 1


def test_forgets_the_least_recently_used():
    memo = BoundedMemo(limit_bytes=2_500)
    for key in "ab":
        memo.get((key,), lambda: np.zeros(1000, np.uint8))
    memo.get(("a",), lambda: pytest.fail("a was forgotten"))
    memo.get(("c",), lambda: np.zeros(1000, np.uint8))
    memo.get(("a",), lambda: pytest.fail("a was forgotten"))
    assert memo.get(("b",), lambda: "again") == "again"


def test_stays_within_its_limit():
    memo = BoundedMemo(limit_bytes=10_000)
    for index in range(100):
        memo.get((index,), lambda: np.zeros(900, np.uint8))
        assert memo.nbytes <= 10_000


def test_does_not_keep_what_is_too_large():
    memo = BoundedMemo(limit_bytes=100)
    assert memo.get(("big",), lambda: np.ones(1000)).sum() == 1000
    assert len(memo) == 0


def test_clear():
    memo = BoundedMemo()
    memo.get(("a",), lambda: np.zeros(1000))
    memo.clear()
    assert (len(memo), memo.nbytes) == (0, 0)


class _Holder:
    def __init__(self) -> None:
        self.array = np.zeros(5000, np.uint8)


_BIG = np.zeros(5000, np.uint8)


@pytest.mark.parametrize(
    "value",
    [_BIG, (_BIG, 1), [_BIG], {"a": _BIG}, _Holder()],
    ids=["array", "tuple", "list", "dict", "object"],
)
def test_size_counts_arrays_inside(value):
    assert 5000 <= size_of(value) < 6500
