"""Registers the shared test parts; each of them is described where it is written."""

pytest_plugins = ["tests.support.postgres", "tests.support.real_kafka", "tests.support.backbone"]
