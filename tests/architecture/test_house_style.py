"""What reviews would otherwise have to say again and again."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "managers",
    "commands",
    "gateways",
}
LARGEST_MODULE = 400
LARGEST_TEST = 500
LONGEST_ROUTE = 15


def _modules() -> list[Path]:
    return [
        path
        for folder in ("shared", "services", "tests", "benchmarks", "faults")
        for path in (ROOT / folder).rglob("*.py")
    ]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_is_a_catch_all() -> None:
    found = []
    for path in _modules():
        if "versions" in path.parts:
            continue
        most = LARGEST_TEST if "tests" in path.relative_to(ROOT).parts else LARGEST_MODULE
        lines = len(path.read_text().splitlines())
        if lines > most:
            found.append(f"{_name(path)}: {lines} lines")
    assert found == []


def test_every_module_is_named_by_its_matter() -> None:
    assert [_name(path) for path in _modules() if path.stem in VAGUE] == []


def _routes() -> Iterator[tuple[str, ast.AsyncFunctionDef | ast.FunctionDef]]:
    for path in (ROOT / "services").glob("*/api/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and any(
                isinstance(each, ast.Call) and ast.unparse(each.func).startswith(("router.", "_act"))
                for each in node.decorator_list
            ):
                yield f"{_name(path)}:{node.name}", node


def test_routes_only_hand_over() -> None:
    routes = dict(_routes())
    assert len(routes) > 50
    too_long = [
        name
        for name, node in routes.items()
        if (node.end_lineno or 0) - node.body[0].lineno + 1 > LONGEST_ROUTE
    ]
    assert too_long == []


def test_every_route_says_what_it_does() -> None:
    assert [name for name, node in _routes() if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("package", ["services", "shared"])
def test_domain_code_reads_no_clock(package: str) -> None:
    found = []
    for path in (ROOT / package).rglob("*.py"):
        if "console" in path.parts or path.name in {"clock.py", "demo_issuer.py"}:
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if re.search(r"\b(datetime\.now|date\.today|time\.time|utcnow)\(", line):
                found.append(f"{_name(path)}:{number}: {line.strip()}")
    assert found == []


def test_nothing_names_an_index_or_a_download() -> None:
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in re.sub(r"(?m)^\s*#.*$", "", path.read_text()), path.name
        assert "--index-url" not in path.read_text(), path.name
