"""A room for each test that asks for one."""

from pathlib import Path

import pytest

from vivavoce.services.collab.file_log import FileLogStore

from .peers import Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(FileLogStore(tmp_path))
