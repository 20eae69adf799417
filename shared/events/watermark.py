"""What a writing service says of itself: up to when it has told everything."""

from shared.schemas.base import Moment, Schema


class Watermark(Schema):
    """Everything that its source recorded before `up_to` lies before this message in its partition.

    It is of no dossier: subject is `watermark/<source>/<n>`, one for each partition, and `time` is `up_to`.
    """

    partition: int
    up_to: Moment
