from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="module")
def one_blas_thread() -> Iterator[None]:
    """As in a real run; and on a busy machine several threads would wait for each other."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
