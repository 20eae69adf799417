"""The API documentation works on a machine without a network."""

import re

from shared.web.app import create_base_app
from tests.support.clients import serving


async def test_every_asset_of_the_page_is_served_by_us() -> None:
    app = create_base_app(title="Intake", description="", lifespan=_nothing, routers=[])
    async with serving(app) as client:
        page = await client.get("/docs/intake")
        named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(named) == 3
        for url in named:
            assert url.startswith("/docs/assets/")
            assert (await client.get(url)).status_code == 200


def _nothing(_: object) -> "_Empty":
    return _Empty()


class _Empty:
    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None
