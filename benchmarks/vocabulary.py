"""Words as customers and agents of a railway write them, frequent ones often and rare ones rarely.

Nothing here is anybody's text. Words are drawn by Zipf's law: the n-th most frequent of them one
n-th as often as the first. Compounds make the long tail, as they do in German.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, product
from random import Random

_GERMAN = """
ich die der und nicht das ist es ein zu Sie wir auf mit in den für dem eine von hat wann habe mein
am im an noch wie auch kann Zug Fahrkarte heute bitte danke mir uns aber bis schon nach aus bei
Verspätung Gleis Bahnhof wenn wird sind morgen Abo Ticket Rechnung Kiel Hamburg Flensburg um oder
Erstattung warum fährt Uhr gestern Sitzplatz Fahrrad Rucksack Koffer Schaffner Wagen Anschluss
Geld Konto Adresse kündigen gekündigt ändern geändert bezahlt zahlen Karte Nummer Husum Lübeck
Neumünster Schleswig Rendsburg App Fehler funktioniert leider sehr gut schnell freundlich
hilfreich Antwort Frage Fragen warten gewartet Stunde Stunden Minuten Tag Tage Woche Monat
verloren gefunden Fundbüro Jacke Schlüssel Handy Brille blau blaue blauen schwarz rote Hund
Kinderwagen Rollstuhl Einstieg Hilfe Umstieg Reise Ausfall ausgefallen Ersatzbus Bus Straße
Baustelle Störung Weiche Signal Sturm Formular Bestätigung E-Mail Passwort Kundennummer Vertrag
Schüler Studenten Senioren Gruppe Kinder Hund Reservierung Automat defekt kaputt sauber Toilette
Heizung Klimaanlage voll leer laut pünktlich Lautsprecher Durchsage Beschwerde Gutschein
Entschädigung Mahnung Inkasso Bank Lastschrift Kreditkarte Größe Grüße grüßen Maß Öffnungszeiten
über überall Übergang ärgerlich Änderung außerdem müssen möchte
""".split()  # noqa: SIM905 (a list of hundreds of words)
_ENGLISH = """
the to a is my I you and in for train ticket it on of not please when was have from at can today
we platform station delay refund thank thanks late seat bike luggage connection tomorrow arrived
missed cancelled bus lost found backpack phone keys jacket help question answer account invoice
payment card number address change changed changing subscription student group children dog
reservation machine broken clean toilet heating crowded loud punctual complaint voucher
compensation bank password confirmation email form driver conductor wheelchair stairs lift hour
hours minutes week month blue
""".split()  # noqa: SIM905 (a list of hundreds of words)
_FRONT = """
Fahr Reise Bahn Zug Gleis Kunden Tarif Abo Monats Wochen Tages Gruppen Schüler Ersatz Nacht
Regional Fern Nah Bord Gepäck Fahrrad Sitzplatz Winter Sommer Ferien Wochenend Küsten Insel Hafen
Stadt Land Zweig Haupt Neben Wagen Werkstatt Signal Weichen Oberleitungs Brücken Tunnel Kanal
Sonder Früh Spät Familien Hunde Kinder Senioren Firmen Job Semester Online Papier Handy Automaten
Schalter Service
""".split()  # noqa: SIM905 (a list of hundreds of words)
_BACK = """
plan zeit karte ausweis nummer zentrum büro störung ausfall änderung verlegung sperrung anzeige
ansage preis zuschlag gebühr erstattung rechnung buchung anfrage antwort stelle leitung führer
begleiter personal wagen abteil platz halle steig brücke strecke linie netz verkehr betrieb
angebot aktion gutschein vertrag kündigung verlängerung umstellung auskunft meldung formular
bescheinigung tasche schein heft mappe kontrolle prüfung regel
""".split()  # noqa: SIM905 (a list of hundreds of words)
_SENTENCES = (
    "Moin! Ich habe im {line} nach {town} meinen {thing} liegen lassen.",
    "Guten Tag, fährt der {line} heute pünktlich ab {town}?",
    "Mein Abo läuft aus, wie kann ich es verlängern?",
    "Können Sie mir bitte die Rechnung {code} noch einmal schicken?",
    "Der {line} um {hour}:{minute} Uhr ist ausgefallen. Bekomme ich eine Erstattung?",
    "Ja, um {hour}:{minute} Uhr von Gleis {platform}. Gute Reise!",
    "Danke für Ihre Nachricht, wir kümmern uns gleich darum.",
    "Der {thing} wurde gestern in {town} abgegeben, Nr. {code}.",
    "Good morning, is the {line} to {town} on time today?",
    "I lost my {thing} on the {line}, can you help me?",
    "Thank you for your message, we are looking into it.",
    "Vielen Dank für die schnelle Hilfe!",
)
_TOWNS = (
    *("Kiel", "Husum", "Flensburg", "Lübeck", "Neumünster", "Rendsburg", "Schleswig", "Westerland"),
    *("Itzehoe", "Elmshorn", "Eckernförde", "Büsum", "Niebüll", "Pinneberg", "Plön", "Eutin"),
)
_THINGS = (
    *("Rucksack", "Koffer", "Schirm", "Schlüsselbund", "Laptop", "Kinderwagen", "Hut"),
    *("blauen Rucksack", "roten Koffer", "backpack", "umbrella", "Geigenkasten"),
)
_FIRST_NAMES = """
Lena Jana Mira Tomke Piet Nuria Tarek Ahmet Ayşe Fatma Björn Jörg Jürgen Käthe Zoë Chloé René
André Anna Ben Clara David Emil Finn Greta Hannes Ida Jonas Karla Lars Marie Nele Oskar Paula
Quentin Rike Sven Thea Ute Viktor Wiebke Xaver Yusuf Zeynep Agnieszka Łukasz Søren Åsa Müjgan
Mohammed Olga Dmitri
""".split()  # noqa: SIM905 (a list of hundreds of words)
_NAME_FRONT = """
Brandt Peters Hansen Müller Schmidt Schröder Grevs Thom Clau Jo Nis Fedder Bruhn Lüders Börnsen
Krö Weiß Groß Klein Neu Alt Ost West Nord Sand Moor Berg Tal Wald Feld Stein Bach Brück Kirch Möh
Lind
""".split()  # noqa: SIM905 (a list of hundreds of words)
_NAME_BACK = """
mann sen mühl ger ning loff baum hof dorf berg stedt büll hagen horst kamp brook wig land au ke
""".split()  # noqa: SIM905 (a list of hundreds of words)
_FILES = """
Rechnung Fahrkarte Kündigung Formular Bescheinigung Foto Vertrag Beleg Quittung Abo-Antrag Mahnung
Fundmeldung Ausweis Fahrplan invoice ticket refund-form
""".split()  # noqa: SIM905 (a list of hundreds of words)


class Words:
    """Draws words, sentences and names; the same from the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    @cached_property
    def _german(self) -> tuple[list[str], list[float]]:
        tail = [front + back for front, back in product(_FRONT, _BACK)]
        self.random.shuffle(tail)
        return _by_zipf([*dict.fromkeys(_GERMAN), *tail])

    @cached_property
    def _english(self) -> tuple[list[str], list[float]]:
        return _by_zipf(list(dict.fromkeys(_ENGLISH)))

    def text(self) -> str:
        """What one message says: a usual sentence, or some words, or both."""
        kind = self.random.random()
        if kind < 0.35:
            return self._usual()
        if kind < 0.5:
            return f"{self._usual()} {self._drawn()}"
        return self._drawn()

    def _usual(self) -> str:
        pick = self.random.choice
        return pick(_SENTENCES).format(
            line=f"RE {self.random.randrange(1, 90)}",
            town=pick(_TOWNS),
            thing=pick(_THINGS),
            code=f"{self.random.randrange(10, 99)}-{self.random.randrange(1000, 9999)}",
            hour=self.random.randrange(4, 24),
            minute=f"{self.random.randrange(0, 60):02d}",
            platform=self.random.randrange(1, 13),
        )

    def _drawn(self) -> str:
        words, weights = self._english if self.random.random() < 0.2 else self._german
        length = 2 + min(int(self.random.expovariate(1 / 9)), 60)
        said = " ".join(self.random.choices(words, cum_weights=weights, k=length))
        return said[0].upper() + said[1:] + self.random.choice((".", "?", "!", "", " 🙂"))

    def name(self) -> str:
        pick = self.random.choice
        return f"{pick(_FIRST_NAMES)} {pick(_NAME_FRONT)}{pick(_NAME_BACK)}"

    def file_name(self) -> str:
        pick = self.random.choice
        number = self.random.randrange(1, 100_000)
        return f"{pick(_FILES)}-{number:05d}.{pick(('pdf', 'pdf', 'pdf', 'docx', 'xlsx'))}"


def _by_zipf(words: Sequence[str]) -> tuple[list[str], list[float]]:
    return list(words), list(accumulate(1 / place for place in range(3, len(words) + 3)))
