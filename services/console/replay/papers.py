"""The bytes of every paper: small PDF documents, no two alike, the same whenever they are asked for."""

import hashlib
from functools import lru_cache
from typing import NamedTuple

_HEAD = b"%PDF-1.4\n"
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
)
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


class Paper(NamedTuple):
    """A document of one dossier."""

    digest: str
    content: bytes


# Asked for when it is stored and soon again when it is named.
@lru_cache(maxsize=20_000)
def paper(scenario: str, life: int, name: str) -> Paper:
    """The document called `name` of a life."""
    content = _pdf(f"{scenario} / {life} / {name}")
    return Paper(hashlib.sha256(content).hexdigest(), content)


def _pdf(line: str) -> bytes:
    """One page with one line."""
    text = line.encode("ascii", "replace").replace(b"\\", b"/").replace(b"(", b"[").replace(b")", b"]")
    stream = b"BT /F1 12 Tf 60 760 Td (" + text + b") Tj ET"
    body = b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream)
    out = bytearray(_HEAD)
    places = []
    for number, content in enumerate((*_OBJECTS, body, _FONT), start=1):
        places.append(len(out))
        out += b"%d 0 obj%b\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, table)
    return bytes(out)
