"""Every address of the helpdesk, found in its URL configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

PARAMETER = re.compile(r"<(?:(?P<converter>[^>:]+):)?(?P<name>[^>]+)>")


@dataclass(frozen=True)
class Route:
    """`path` as it is written: "conversations/<uuid:pk>/head/"; `name` with its namespaces."""

    path: str
    name: str

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Each parameter with the segment before it, which says whose it is: `[("conversations",
        "pk")]`."""
        found = []
        for match in PARAMETER.finditer(self.path):
            before = PARAMETER.sub("", self.path[: match.start()]).rstrip("/")
            found.append((before.rpartition("/")[2], match["name"]))
        return found

    @property
    def is_admin(self) -> bool:
        return self.path.startswith("admin/")

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    def __str__(self) -> str:
        return self.path or "(start page)"


def all_routes() -> list[Route]:
    """In the order of the URL configuration; those written as regular expressions by that."""
    return list(_walk(get_resolver(), "", ()))


def _walk(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = entry.pattern
        text = pattern._route if isinstance(pattern, RoutePattern) else str(pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, prefix + str(text), inner)
        elif isinstance(entry, URLPattern):
            yield Route(prefix + str(text), ":".join((*namespaces, entry.name or "")))
