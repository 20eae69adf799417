"""What the documentation tells to run can be run."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from services.console.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _told() -> list[str]:
    """Commands in code blocks and in code spans."""
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text()
        for block in re.findall(r"```(?:bash|sh|console)\n(.*?)```", text, re.DOTALL):
            found.update(line.split(" # ")[0].split("   #")[0].strip() for line in block.splitlines())
        found.update(re.findall(r"`((?:make|\.venv/bin/motcua|motcua) [^`]+)`", text))
    return sorted(line for line in found if line and not line.startswith("#"))


def _makes() -> set[str]:
    return set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))


@pytest.mark.parametrize("line", [each for each in _told() if each.startswith("make ")])
def test_a_make_target_that_is_named_exists(line: str) -> None:
    targets = [word for word in line.split()[1:] if re.fullmatch(r"[a-z-]+", word)]
    assert targets
    assert set(targets) <= _makes(), line


@pytest.mark.parametrize("line", [each for each in _told() if "motcua " in each.split("|")[0]])
def test_a_motcua_command_that_is_named_is_understood(line: str) -> None:
    words = shlex.split(line[line.index("motcua ") :])[1:]
    if words[0].startswith("-"):
        return
    group: Any = typer.main.get_command(app)
    command = group.get_command(None, words[0])
    assert command is not None, line
    if hasattr(command, "commands"):
        command = command.commands[words[1]]
    options = {name for parameter in command.params for name in parameter.opts}
    named = {word.split("=")[0].rstrip("].,") for word in words[1:] if word.startswith("--")}
    assert named - {"--help"} <= options, line


def test_the_readme_begins_with_the_two_commands() -> None:
    block = re.search(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block is not None
    assert [line.split()[1] for line in block[1].splitlines()] == ["run", "test"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
