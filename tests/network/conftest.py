"""A network of the test's own, where one can be made."""

from collections.abc import Iterator

import pytest

from tests.network.namespaces import Network, why_unavailable


@pytest.fixture
def network() -> Iterator[Network]:
    if reason := why_unavailable():
        pytest.skip(reason)
    with Network() as opened:
        yield opened
