"""`motcua kafka`: Apache Kafka brokers on this machine, for development."""

import time
from typing import Annotated

import typer

from services.console.embedded import StopRequested, stop_on_signals
from services.console.kafka.cluster import KafkaCluster
from services.console.options import DataFolder
from services.console.run_folder import DEFAULT, RunFolder

_POLL_SECONDS = 0.5


def kafka(
    brokers: Annotated[int, typer.Option(min=1, max=9, help="How many; every record is on all of them.")] = 1,
    data: DataFolder = DEFAULT,
    port: Annotated[
        int, typer.Option(min=0, max=65000, help="The first broker's port; 0 takes any free ones.")
    ] = 0,
) -> None:
    """Run Apache Kafka on this machine until Ctrl-C; the data stays.

    It needs Java 17 and Maven, and says so where they are missing. A broker that dies is started again, so
    killing one shows how the system lives with that.
    """
    folder = RunFolder(data)
    folder.prepare()
    cluster = KafkaCluster(folder.kafka, brokers=brokers)
    try:
        with stop_on_signals():
            print("Starting Kafka ...")
            cluster.start(first_port=port)
            try:
                print(_welcome(cluster))
                _keep_up(cluster)
            finally:
                cluster.stop()
    except StopRequested:
        print("\nStopped; the data stays in", cluster.folder)


def _welcome(cluster: KafkaCluster) -> str:
    return "\n".join(
        [
            "",
            "Kafka is up.",
            f"  brokers        {cluster.servers}",
            f"  logs           {cluster.folder}/broker-*/broker.log",
            f"  use it         MOTCUA_LOG_URL='{cluster.address}' make up",
            "Ctrl-C stops it; the data stays.",
        ]
    )


def _keep_up(cluster: KafkaCluster) -> None:
    while True:
        for number in cluster.ended():
            print(f"broker {number} ended (see {cluster.log(number)}); again")
            cluster.restart(number)
        time.sleep(_POLL_SECONDS)
