"""Who works at the demo's service desk. All of them share one password, which is no secret."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.demo import DEMO_DOMAIN
from accounts.models import Agent, Role, Team
from conversations.models import Label

PASSWORD = "kuestenexpress"  # noqa: S105 (printed on the terminal, refused with DEBUG off)

SERVICE = "Fahrgastservice"
LOST = "Fundbüro"
PASSES = "Abo & Tickets"
TEAMS = (SERVICE, LOST, PASSES)

LABELS = {
    "Fundsache": "blue",
    "Abo": "pink",
    "Störung RE 7": "brown",
    "Lob": "green",
    "Erstattung": "grey",
}
# Who is given what is handed out with these labels, by the keys of `COLLEAGUES`.
KNOWN_BY = {"Fundsache": ("tarek", "jana", "owen"), "Abo": ("tarek", "jana", "mira")}


@dataclass(frozen=True)
class Colleague:
    """One demo login; `teams` names them."""

    key: str
    name: str
    role: Role
    teams: tuple[str, ...]
    language: str = "de"
    speaks: tuple[str, ...] = ("de", "en")
    capacity: int | None = 12

    @property
    def email(self) -> str:
        return f"{self.key}@{DEMO_DOMAIN}"


# In the order in which the logins are printed: the admin, who sees everything, first.
COLLEAGUES = (
    Colleague("admin", "Ove Christiansen", Role.ADMIN, (), capacity=None),
    Colleague("tarek", "Tarek Aydin", Role.LEAD, TEAMS, speaks=("de", "en", "tr")),
    Colleague("jana", "Jana Petersen", Role.AGENT, (SERVICE, LOST, PASSES)),
    Colleague("mira", "Mira Lindholm", Role.AGENT, (SERVICE, PASSES), speaks=("de", "da")),
    Colleague("owen", "Owen Marsh", Role.AGENT, (LOST,), language="en"),
    Colleague("frauke", "Frauke Dierks", Role.READ_ONLY, TEAMS),
)


@dataclass(frozen=True)
class Desk:
    """The rows of the service desk, by the names the stories use."""

    agents: dict[str, Agent]
    teams: dict[str, Team]
    labels: dict[str, Label]


def hire() -> Desk:
    """The demo's agents, teams and labels; those already there stay as they are."""
    teams = {name: Team.objects.get_or_create(name=name)[0] for name in TEAMS}
    labels = {
        name: Label.objects.get_or_create(name=name, defaults={"color": color})[0]
        for name, color in LABELS.items()
    }
    agents = {person.key: _hire_one(person, teams) for person in COLLEAGUES}
    for name, keys in KNOWN_BY.items():
        labels[name].skilled.add(*(agents[key] for key in keys))
    return Desk(agents, teams, labels)


def _hire_one(person: Colleague, teams: dict[str, Team]) -> Agent:
    agent = Agent.objects.filter(email=person.email).first()
    if agent is None:
        agent = Agent.objects.create_user(
            person.email,
            PASSWORD,
            name=person.name,
            role=person.role,
            language=person.language,
            languages=list(person.speaks),
            capacity=person.capacity,
            is_superuser=person.role == Role.ADMIN,
        )
        agent.teams.set([teams[name] for name in person.teams])
    return agent


def login_lines() -> list[str]:
    """`login  ROLE  EMAIL  PASSWORD`, one line per demo login, the admin first."""
    return [f"login  {one.role}  {one.email}  {PASSWORD}" for one in COLLEAGUES]
