"""dbt's docs as one HTML file that opens from disk and asks for nothing else."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from streaming_analytics.errors import UserError

_MANIFEST_PLACE = '"MANIFEST.JSON INLINE DATA"'
_CATALOG_PLACE = '"CATALOG.JSON INLINE DATA"'
# The browser itself refuses whatever is not in the file, dbt's usage tracking included.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    'img-src data:; font-src data:">'
)
# dbt's page asks for an icon by a path that was never filled in.
_ICON = re.compile(r"<link rel=\"shortcut icon\"[^>]*>")
# Until dbt's page has filled these in, a browser would ask the disk for them.
_UNFILLED = 'xlink:href="{{'
# dbt's greys and its turquoise are too pale to be read, its page forbids to zoom on a
# phone, and nothing tells a screen reader what is the menu and what the content.
_READABLE = {
    "color:#8b969e": "color:#5b656d",
    "color:#0bb": "color:#007474",
    ",minimum-scale=1,maximum-scale=1,": ",",
    '<div class="app-menu ': '<div role="navigation" class="app-menu ',
    '<div class="app-content ': '<div role="main" class="app-content ',
    # Headings that skip four levels, and tables that no key can scroll.
    "<h6>": '<div class="h6">',
    "</h6>": "</div>",
    ' class="table-responsive"': ' tabindex="0" class="table-responsive"',
    '<div class="detail-body"': '<div tabindex="0" class="detail-body"',
}
_PICTURE = re.compile(r"(!\[[^\]]*\]\()docs/erd/([\w-]+\.svg)(\))")
_TITLE = "Streaming analytics"


def docs_page(
    template: str,
    manifest: Mapping[str, Any],
    catalog: Mapping[str, Any],
    pictures: Mapping[str, str],
    *,
    target: str,
) -> str:
    """Return the page.

    Args:
        template: dbt's own `index.html`.
        manifest: dbt's manifest; its docs may show pictures of `docs/erd/`.
        catalog: dbt's catalog.
        pictures: SVG text by file name, put into the page in place of the links.
        target: Its prefix is taken off the marts' schemas, so that they read as the
            published ones do.

    Raises:
        UserError: This dbt's page is not made as expected, or a picture is missing.
    """
    if _MANIFEST_PLACE not in template or _CATALOG_PLACE not in template:
        raise UserError(
            "this version of dbt lays its docs page out differently; "
            "install the versions of requirements.lock"
        )
    manifest_text = _json(_with_pictures(_published(manifest, target), pictures))
    catalog_text = _json(_published(catalog, target))
    page = re.sub(
        r"<title>[^<]*</title>", f"<title>{_TITLE}</title>", template, count=1
    )
    page = _ICON.sub("", page, count=1)
    page = page.replace(_UNFILLED, _UNFILLED.replace("xlink:", "ng-attr-"))
    for pale, readable in _READABLE.items():
        page = page.replace(pale, readable)
    page = page.replace("<head>", f"<head>{_POLICY}", 1)
    return page.replace(_MANIFEST_PLACE, manifest_text).replace(
        _CATALOG_PLACE, catalog_text
    )


def _json(value: Mapping[str, Any]) -> str:
    """Return JSON that may stand inside a script element."""
    text = json.dumps(value, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c")


def _published(value: Mapping[str, Any], target: str) -> Any:
    """Return a copy in which `<target>_mart_x` is called `mart_x`."""
    prefix = re.compile(rf"(?<!\w){re.escape(target)}_(?=mart_\w)")

    def renamed(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: renamed(inner) for key, inner in item.items()}
        if isinstance(item, list | tuple):
            return [renamed(inner) for inner in item]
        return prefix.sub("", item) if isinstance(item, str) else item

    return renamed(value)


def _with_pictures(manifest: Any, pictures: Mapping[str, str]) -> Any:
    def inlined(found: re.Match[str]) -> str:
        if found[2] not in pictures:
            raise UserError(
                f"the docs show docs/erd/{found[2]}, which no schema of the marts is "
                "called; correct models/overview.md"
            )
        data = base64.b64encode(pictures[found[2]].encode()).decode()
        return f"{found[1]}data:image/svg+xml;base64,{data}{found[3]}"

    for block in manifest["docs"].values():
        block["block_contents"] = _PICTURE.sub(inlined, block["block_contents"])
    return manifest
