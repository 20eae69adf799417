"""Every rule can be evaluated, names metrics that there are, fires when it should, and has its row."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import promql_parser as promql
import pytest

from tests.support.alerts import ALERTS, RECORDED, RULES, firing
from tests.support.deployment import ROOT
from tests.support.metric_names import FROM_EXPORTERS, declared_names, names_in
from tests.support.promql import Scraped

NOW = 1_700_000_000.0
MINUTES = (-360, -180, -60, -45, -30, -5, 0)
FILING = 'http_request_method="POST",http_route="/v1/dossiers"'
COUNT, BUCKET = "http_server_request_duration_seconds_count", "http_server_request_duration_seconds_bucket"
FILED = f'{COUNT}{{{FILING},http_response_status_code="201"}}'
FAILED = f'{COUNT}{{{FILING},http_response_status_code="503"}}'
QUICK = f'{BUCKET}{{{FILING},http_response_status_code="201",le="0.5"}}'

Value = Callable[[int], float] | float | None
"""By the minute, counted from 1000 on; nothing where the series is not there."""

HEALTHY: Mapping[str, Value] = {
    FILED: lambda minute: 100 * minute,
    QUICK: lambda minute: 100 * minute,
    FAILED: 3,
    **{f'process_ready{{process="{service} api"}}': 1 for service in ("intake", "processing", "stats")},
    **{f'motcua_build_info{{process="{each} worker"}}': 1 for each in ("intake", "processing", "stats")},
    'up{instance="10.0.0.1:8000"}': 1,
    "process_start_time_seconds": 100,
    "http_server_requests_turned_away_total": 7,
    "event_loop_lag_seconds_sum": lambda minute: 0.2 * minute,
    "event_loop_lag_seconds_count": lambda minute: 120 * minute,
    'db_client_connection_pending_requests{db_client_connection_pool_name="motcua intake api"}': 0,
    'timer_lag_seconds{timer="intake lapse"}': 0,
    'outbox_oldest_age_seconds{service="intake"}': 0.2,
    'consumer_lag_seconds{group="stats",stream="dossier"}': 5,
    'consumer_held_events{group="stats",stream="dossier"}': 0,
    'dlq_depth{group="stats",stream="dossier"}': 0,
    "portal_oldest_age_seconds": 2,
    "portal_problems": 0,
    'events_blocked_total{stream="dossier"}': 2,
    'audit_chain_ok{service="intake"}': 1,
    "stats_recount_mismatch_cells": 0,
    "backup_completed_timestamp_seconds": NOW - 20 * 3600,
    'node_textfile_mtime_seconds{file="/var/lib/node_exporter/motcua-audit.prom"}': NOW - 20 * 3600,
    'node_filesystem_avail_bytes{fstype="ext4",mountpoint="/var/lib/postgresql"}': 1e11,
    'probe_ssl_earliest_cert_expiry{instance="https://motcua.example"}': NOW + 60 * 24 * 3600,
    'kafka_topic_partition_under_replicated_partition{topic="dossier",partition="3"}': 0,
    'node_timex_offset_seconds{instance="db"}': -0.002,
}

BROKEN: Mapping[str, tuple[Mapping[str, Value], set[str]]] = {
    "every filing fails": (
        {FILED: 100, QUICK: lambda minute: 100 * minute, FAILED: lambda minute: 100 * minute},
        {"FilingFailsFast", "FilingFails", "ServerErrors"},
    ),
    "one filing in a hundred fails": (
        {FAILED: lambda minute: minute},
        {"FilingFails"},
    ),
    "one filing fails at night": (
        {FILED: 100, QUICK: 100, FAILED: lambda minute: max(0, minute - 999)},
        {"ServerErrors"},
    ),
    "filings are slow": ({QUICK: lambda minute: 50 * minute}, {"FilingSlowFast", "FilingSlow"}),
    "one filing in ten is slow": ({QUICK: lambda minute: 90 * minute}, {"FilingSlow"}),
    "no process of a service": ({'process_ready{process="stats api"}': None}, {"ServiceDown"}),
    "none of them is ready": (
        {'process_ready{process="stats api"}': 0},
        {"ServiceDown", "ProcessNotReady"},
    ),
    "one of two is not ready": ({'process_ready{process="stats api",instance="b"}': 0}, {"ProcessNotReady"}),
    "one does not answer": ({'up{instance="10.0.0.1:8000"}': 0}, {"ProcessNotReady"}),
    "no worker": ({'motcua_build_info{process="stats worker"}': None}, {"WorkersGone"}),
    "it begins again and again": ({"process_start_time_seconds": lambda minute: minute}, {"ProcessRestarts"}),
    "too many callers": (
        {"http_server_requests_turned_away_total": lambda minute: minute},
        {"RequestsTurnedAway"},
    ),
    "the loop is held up": ({"event_loop_lag_seconds_sum": lambda minute: 60 * minute}, {"LoopHeldUp"}),
    "no connection is free": (
        {'db_client_connection_pending_requests{db_client_connection_pool_name="motcua intake api"}': 3},
        {"ConnectionsShort"},
    ),
    "a timer stands still": ({'timer_lag_seconds{timer="intake lapse"}': 400}, {"TimerLate"}),
    "the log takes nothing": ({'outbox_oldest_age_seconds{service="intake"}': 61}, {"OutboxWaits"}),
    "nobody can tell": ({'outbox_oldest_age_seconds{service="intake"}': float("nan")}, set()),
    "a consumer is behind": (
        {'consumer_lag_seconds{group="stats",stream="dossier"}': 70},
        {"ConsumerBehind"},
    ),
    "something is held": ({'consumer_held_events{group="stats",stream="dossier"}': 1}, {"EventsHeld"}),
    "the portal is away": ({"portal_oldest_age_seconds": 4000}, {"PortalBehind"}),
    "the portal refuses something": ({"portal_problems": 1}, {"PortalNeedsSomebody"}),
    "something is parked": ({'dlq_depth{group="stats",stream="dossier"}': 1}, {"EventParked"}),
    "something is blocked": (
        {'events_blocked_total{stream="dossier"}': lambda minute: minute},
        {"EventBlocked"},
    ),
    "a history was changed": ({'audit_chain_ok{service="intake"}': 0}, {"HistoryChanged"}),
    "a figure is wrong": ({"stats_recount_mismatch_cells": 1}, {"FiguresDiffer"}),
    "the backup is old": ({"backup_completed_timestamp_seconds": NOW - 27 * 3600}, {"BackupOld"}),
    "there is no backup": ({"backup_completed_timestamp_seconds": None}, {"BackupOld"}),
    "the nightly check did not run": (
        {'node_textfile_mtime_seconds{file="/var/lib/node_exporter/motcua-audit.prom"}': NOW - 27 * 3600},
        {"NightlyCheckMissed"},
    ),
    "the disk fills": (
        {
            'node_filesystem_avail_bytes{fstype="ext4",mountpoint="/var/lib/postgresql"}': (
                lambda minute: 1e11 - 8e7 * (minute - 640)
            )
        },
        {"DiskFull"},
    ),
    "a certificate expires": (
        {'probe_ssl_earliest_cert_expiry{instance="https://motcua.example"}': NOW + 13 * 24 * 3600},
        {"CertificateExpires"},
    ),
    "a broker is away": (
        {'kafka_topic_partition_under_replicated_partition{topic="dossier",partition="3"}': 1},
        {"CopiesMissing"},
    ),
    "a clock is off": ({'node_timex_offset_seconds{instance="db"}': -1.5}, {"ClockOff"}),
}


def scraped(values: Mapping[str, Value]) -> Scraped:
    found = Scraped()
    for minute in MINUTES:
        lines = [
            f"{series} {value(1000 + minute) if callable(value) else value}\n"
            for series, value in values.items()
            if value is not None
        ]
        found.add(NOW + 60 * minute, "".join(lines), job="motcua")
    return found


def test_nothing_fires_while_all_is_well() -> None:
    assert firing(scraped(HEALTHY), NOW) == {}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_fires_its_alerts_and_no_others(what: str) -> None:
    broken, expected = BROKEN[what]
    assert firing(scraped({**HEALTHY, **broken}), NOW).keys() == expected


def test_every_alert_has_been_fired() -> None:
    assert {rule["alert"] for rule in ALERTS} == set().union(*(alerts for _, alerts in BROKEN.values()))


def test_rules_name_metrics_that_there_are() -> None:
    known = declared_names() | FROM_EXPORTERS | {each["record"] for each in RECORDED}
    assert {name for rule in RULES for name in names_in(rule["expr"])} - known == set()


def test_an_alert_says_how_urgent_it_is_and_where_to_read_on() -> None:
    for rule in ALERTS:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "runbook"}
        assert rule["annotations"]["runbook"] == "docs/operations.md#alerts"
        assert promql.parse_duration(rule.get("for", "1s")) <= timedelta(hours=1)


def test_every_alert_has_a_row_and_every_row_an_alert_and_pages_come_first() -> None:
    section = (
        (ROOT / "docs" / "operations.md").read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    )
    rows = re.findall(r"(?m)^\| `(\w+)` \| (page|ticket) \|", section)
    assert len(rows) == len(re.findall(r"(?m)^\| (?!alert|---)", section))
    urgent = {rule["alert"]: rule["labels"]["severity"] for rule in ALERTS}
    assert dict(rows) == urgent
    assert [severity for _, severity in rows] == sorted(urgent.values())
    assert len(rows) == len(urgent)
