"""The page of settings is the one the code has."""

from pathlib import Path

from services.console.service_parts import settings_classes
from services.console.settings_page import settings_page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == settings_page(), "run `make docs`"


def test_every_setting_is_explained() -> None:
    for settings in settings_classes().values():
        unexplained = [name for name, field in settings.model_fields.items() if not field.description]
        assert not unexplained, settings
