"""What all HTTP and WebSocket edges share: statuses, close codes and origins."""

import inspect

import pytest

from vivavoce.contracts.http import STATUS, status_of
from vivavoce.contracts.sockets import CLOSE_CODES, OriginPolicy, close_code_of
from vivavoce.kernel import errors
from vivavoce.kernel.documents import VersionConflict
from vivavoce.kernel.errors import AppError, Conflict
from vivavoce.kernel.rates import TooOften

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, AppError) and kind is not AppError
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_failure_has_a_status_and_a_close_code(kind: type[AppError]) -> None:
    assert 400 <= STATUS[kind] < 600
    assert 4400 <= CLOSE_CODES[kind] < 4600
    assert status_of(kind("x")) == STATUS[kind]
    assert close_code_of(kind("x")) == CLOSE_CODES[kind]


def test_a_subclass_is_told_as_its_kind() -> None:
    assert status_of(VersionConflict("x")) == STATUS[Conflict] == 409
    assert status_of(TooOften("x")) == 429


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("https://vivavoce.example", "vivavoce.example", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("https://partner.example", "vivavoce.example", True),
        (None, "vivavoce.example", False),
        ("", "vivavoce.example", False),
        ("null", "vivavoce.example", False),
        ("https://evil.example", "vivavoce.example", False),
        ("https://vivavoce.example.evil.example", "vivavoce.example", False),
        ("https://vivavoce.example:444", "vivavoce.example", False),
        ("https://vivavoce.example@evil.example", "vivavoce.example", False),
        ("http://partner.example", "vivavoce.example", False),
        ("https://vivavoce.example", None, False),
        ("http://[", "vivavoce.example", False),
        ("", "", False),
        ("null", "", False),
    ],
)
def test_only_our_own_pages_and_those_named_may_talk_to_us(
    origin: str | None, host: str | None, allowed: bool
) -> None:
    assert OriginPolicy(frozenset({"https://partner.example"})).allows(origin, host) is allowed
