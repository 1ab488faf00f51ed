"""What the tests of this room share."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.whatsapp.graph import Graph, running_graph


@pytest.fixture
def graph(settings: LazySettings) -> Iterator[Graph]:
    """A Graph API on a local port, and the settings that lead there."""
    with running_graph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        settings.WHATSAPP_TIMEOUT_S = 1
        graph.accepts()
        yield graph
