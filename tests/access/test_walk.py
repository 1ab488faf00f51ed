"""Nobody reaches what is not theirs: every address, in every role, with every method.

The addresses are found in the URL configuration, so a new one is walked from its first day. What
is open to everybody, and what somebody may do who may only look, is named here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Agent, Role
from conversations.models import Event, Message, Note
from tests import factories
from tests.access.routes import PARAMETER, Route, all_routes
from tests.access.world import SEARCH, SECRET, World, build_world

pytestmark = pytest.mark.django_db

LIMITED = (Role.READ_ONLY, Role.AGENT, Role.LEAD)
METHODS = ("get", "post", "put", "patch", "delete")
# For everybody: no agent's login, each with a guard of its own, tested in its own room.
PUBLIC: tuple[str, ...] = (
    *("healthz", "readyz", "metrics", "accounts/login/", "accounts/language/", "i18n/"),
    *("accounts/join/", "manifest.webmanifest", "sw.js", "offline/"),
    *("optin/", "c/", "my/", "privacy/", "api/schema/", "api/docs/"),
)
# An agent's own things, in which nothing of a customer's is changed.
OWN = {
    *("accounts:logout", "inbox:read", "inbox:typing"),
    *("inbox:push-test", "inbox:read-notifications", "inbox:availability"),
}
# They want a message of a certain kind, or the name of a label; or a transaction of their own.
OF_A_KIND = {"inbox:vcard", "inbox:small", "inbox:history", "inbox:label"}
ALONE = {"inbox:evidence"}
# Everybody here may know who else works here, and what there is to choose from.
OF_THE_HOUSE = {"agents", "bulk", "labels", "team", "teams", "templates", "topics"}
REFUSED = {403, 404, 405}

ROUTES = [route for route in all_routes() if not route.path.startswith("api/^")]
GUARDED = [r for r in ROUTES if not r.is_admin and not r.path.startswith(PUBLIC)]
OF_A_CUSTOMER = [r for r in GUARDED if r.parameters and r.parameters[0][0] not in OF_THE_HOUSE]
ANSWERING = [r for r in GUARDED if r.name not in ALONE]
ADMIN = [r for r in ROUTES if r.is_admin and r.path not in ("admin/login/", "admin/logout/")]

Ask = Callable[..., HttpResponse]
walk = pytest.mark.parametrize


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture
def ask() -> Ask:
    """`ask(agent, route, url, method)`: by session, or by token where it is the REST API."""
    clients: dict[tuple[Agent | None, bool], Client] = {}

    def client(agent: Agent | None, route: Route) -> Client:
        key = (agent, route.is_api)
        if key not in clients:
            clients[key] = Client(raise_request_exception=False)
            if agent and route.is_api:
                token = factories.issue_token(agent)
                clients[key] = Client(
                    raise_request_exception=False,
                    headers={"Authorization": f"Bearer {token}"},
                )
            elif agent:
                clients[key].force_login(agent)
        return clients[key]

    def asked(agent: Agent | None, route: Route, url: str, method: str = "get") -> HttpResponse:
        body = {} if method == "get" else {"content_type": "application/json"}
        if method == "post" and not route.is_api:
            body = {}
        answer: HttpResponse = getattr(client(agent, route), method)(url, **body)
        return answer

    return asked


def said(answer: HttpResponse) -> str:
    """All that an answer says; files are read to their end, which closes them."""
    parts: Iterable[bytes] = getattr(answer, "streaming_content", None) or [answer.content]
    return b"".join(parts).decode(errors="replace")


def test_every_kind_of_object_in_an_address_is_known(world: World) -> None:
    for route in OF_A_CUSTOMER:
        try:
            assert world.hidden.url(route) != world.shown.url(route), route
        except KeyError as unknown:
            pytest.fail(f"{route}: say in tests/access/world.py what {unknown} stands for")


@walk("route", GUARDED, ids=str)
def test_a_stranger_gets_nothing(route: Route, world: World, ask: Ask) -> None:
    url = world.shown.url(route) if route in OF_A_CUSTOMER else _any_url(route)
    for method in METHODS:
        answer = ask(None, route, url, method)
        to_login = answer.status_code == 302 and "/accounts/login/" in answer.headers["Location"]
        assert answer.status_code in {401, 403, 405} or to_login, (method, answer.status_code)
        assert "Birkenweg" not in said(answer)


@walk("route", OF_A_CUSTOMER, ids=str)
def test_nobody_reaches_another_teams_customer(route: Route, world: World, ask: Ask) -> None:
    url = world.hidden.url(route)
    for role, method in product(LIMITED, METHODS):
        answer = ask(world.agents[role], route, url, method)
        words = said(answer)
        assert answer.status_code in REFUSED, (role, method, answer.status_code, words[:300])
        assert SECRET not in words


@walk("route", ANSWERING, ids=str)
def test_no_page_and_no_list_speaks_of_another_teams_customer(
    route: Route, world: World, ask: Ask
) -> None:
    url = world.shown.url(route) if route in OF_A_CUSTOMER else _any_url(route)
    for role, query in product(LIMITED, ("", f"?q={SEARCH}&view=all", "?view=resolved")):
        answer = ask(world.agents[role], route, url + query)
        assert answer.status_code < 500, (role, query, answer.status_code)
        assert SECRET not in said(answer), (role, query)


@walk("route", [r for r in OF_A_CUSTOMER if r.name not in ALONE | OF_A_KIND], ids=str)
def test_what_is_theirs_they_reach(route: Route, world: World, ask: Ask) -> None:
    """Or the walk above would prove nothing."""
    url = world.shown.url(route)
    roles = (Role.AGENT, Role.LEAD, Role.ADMIN)
    answers = [ask(world.agents[r], route, url, m) for r, m in product(roles, ("get", "post"))]
    codes = [answer.status_code for answer in answers]
    for answer in answers:
        said(answer)
    assert max(codes) < 500, codes
    assert set(codes) - REFUSED, codes


@pytest.mark.django_db(transaction=True)
def test_evidence_is_of_ones_own_customers(world: World, ask: Ask) -> None:
    [route] = [r for r in GUARDED if r.name in ALONE]
    own, other = world.shown.url(route), world.hidden.url(route)
    for role in LIMITED:
        answer = ask(world.agents[role], route, own)
        assert answer.status_code == 200
        assert SECRET not in said(answer)
        assert ask(world.agents[role], route, other).status_code == 404


@walk("route", GUARDED, ids=str)
def test_who_may_only_look_changes_nothing(route: Route, world: World, ask: Ask) -> None:
    url = world.shown.url(route) if route in OF_A_CUSTOMER else _any_url(route)
    before = _state(world)
    for method in METHODS[1:]:
        answer = ask(world.agents[Role.READ_ONLY], route, url, method)
        said(answer)
        refused = 400 <= answer.status_code < 500
        assert refused or route.name in OWN, (method, answer.status_code)
    assert _state(world) == before


@walk("route", ADMIN, ids=str)
def test_the_administration_is_for_admins(route: Route, world: World, ask: Ask) -> None:
    for role, method in product(LIMITED, ("get", "post")):
        answer = ask(world.agents[role], route, _any_url(route), method)
        to_login = answer.status_code == 302 and "login" in answer.headers["Location"]
        assert to_login or answer.status_code in REFUSED, (role, method, answer.status_code)


def _any_url(route: Route) -> str:
    """The address with ids of nothing; what is done to many is a thing that can be done."""

    def value(match: object) -> str:
        converter = match["converter"]  # type: ignore[index]
        if converter == "slug":
            return "resolve"
        return "0193b3d0-0000-7000-8000-000000000000" if converter == "uuid" else "1"

    return "/" + PARAMETER.sub(value, route.path).replace("^", "").replace("$", "")


def _state(world: World) -> tuple[object, ...]:
    world.conversation.refresh_from_db()
    fields = ("status", "assignee_id", "team_id", "unread", "priority", "snoozed_until")
    return (
        *(getattr(world.conversation, name) for name in fields),
        *(model.objects.count() for model in (Message, Note, Event)),
    )
