"""The browsable API documentation. Its scripts come from a package, not from a network."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_ASSETS = "/docs/assets"


def install(app: FastAPI, path: str) -> None:
    """Serve the documentation of `app` at `path`."""
    page = get_swagger_ui_html(
        openapi_url=app.openapi_url or "",
        title=f"Một Cửa: {app.title}",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon.png",
    )

    async def documentation(_: Request) -> HTMLResponse:
        return page

    app.docs_url = path
    app.add_route(path, documentation, include_in_schema=False)
    app.mount(_ASSETS, StaticFiles(directory=str(files("fastapi_offline") / "static")))
