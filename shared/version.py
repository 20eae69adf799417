"""Which release this is. pyproject.toml says the same, which no image carries."""

VERSION = "0.1.0"
