"""The rules of the tree that no linter sees."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "vivavoce"
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
SERVICES = sorted(
    path for path in (SOURCE / "services").iterdir() if (path / "__init__.py").exists()
)
HOUSE_RULES = ("Owns", "Publishes", "Consumes", "Exposes")


def tracked(*suffixes: str) -> list[Path]:
    """The files under version control, and those about to be, with these endings."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in names.splitlines() if name.endswith(suffixes)]
    return [path for path in paths if path.is_file()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_source_file_is_too_long() -> None:
    generated = {"messages.ts", "runs.ts"}
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked(".py", ".rs", ".ts", ".tsx")
        if path.name not in generated and (count := path.read_text().count("\n")) > FILE_LINES_MAX
    }
    assert long == {}


def test_no_python_function_is_too_long() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": length
        for path in tracked(".py")
        for node in functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_service_says_what_it_owns_publishes_consumes_and_exposes(service: Path) -> None:
    docstring = ast.get_docstring(ast.parse((service / "__init__.py").read_text())) or ""
    assert [word for word in HOUSE_RULES if word not in docstring] == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_the_pure_parts_of_a_service_touch_no_clock_socket_or_task(service: Path) -> None:
    impure = {"asyncio", "time", "socket", "fastapi", "starlette", "os", "random"}
    for name in ("model.py", "room.py"):
        path = service / name
        if not path.exists():
            continue
        imported = {
            alias.name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in (
                node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")]
            )
        }
        assert imported & impure == set(), path


def test_only_the_command_line_reads_the_environment() -> None:
    readers = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text())
    ]
    assert readers == ["cli.py"]


def test_no_mock_library_is_used() -> None:
    pattern = re.compile(r"unittest\.mock|MagicMock|AsyncMock|monkeypatch\.setattr|vi\.mock\(")
    users = [
        str(path.relative_to(ROOT))
        for path in tracked(".py", ".ts", ".tsx")
        if path != Path(__file__) and pattern.search(path.read_text())
    ]
    assert users == []


def test_nothing_is_left_for_later_in_the_code() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    places = [
        str(path.relative_to(ROOT))
        for path in tracked(".py", ".rs", ".ts", ".tsx", ".toml", ".md")
        if path != Path(__file__) and pattern.search(path.read_text())
    ]
    assert places == []


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in tracked(".md")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_lock_names_no_host() -> None:
    for path in (ROOT / "requirements").glob("*.lock"):
        assert "://" not in path.read_text(), path
