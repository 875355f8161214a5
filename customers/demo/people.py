"""Names, e-mail addresses and towns of people who do not exist, as they occur in the Low Countries."""

import unicodedata
from dataclasses import dataclass

import numpy as np

from customers.demo.files import Column, Texts, as_column, empty_where, whole_numbers
from customers.demo.process import Integers

_FIRST_NAMES = {
    "NL": """Emma Julia Sanne Lotte Anna Eva Sophie Fleur Iris Noor Maud Femke Marieke Anouk Esmée Zoë Renée
        Loïs Ingrid Marijke Wilma Annemarie Petra Yvonne Saskia Monique Fatima Samira Aylin Nadia Truus Hennie
        Daan Bram Sem Lars Thijs Jesse Ruben Tim Joost Sander Jeroen Martijn Pieter Willem Kees Jan Henk
        Gerrit Daniël Noël Björn René André José Mohamed Youssef Mehmet Ali Rajesh Wouter Maarten Bas Niels
        Koen Stijn Luuk Gijs Floris Hidde Sjoerd Douwe Jelle Sietske Froukje Tjitske Aaltje Marloes
        Annelies Lieke""",
    "BE": """Marie Louise Elise Lien Hanne Sofie Charlotte Margaux Eline Joke Griet Katrien Amélie Chloé
        Lucas Arthur Louis Jules Wout Pieter Jonas Bart Koen Dirk Luc Geert Benoît Jérôme Mathieu Stijn""",
    "DE": """Hannah Lena Katharina Sabine Claudia Jürgen Jörg Björn Stefan Andreas Michael Ursula Monika Käthe
        Felix Lukas Jonas Günther Anke Heike Birgit Thomas""",
}
_LAST_NAMES = {
    "NL": """de Jong|Jansen|de Vries|van den Berg|van Dijk|Bakker|Janssen|Visser|Smit|Meijer|de Boer|Mulder
        |de Groot|Bos|Vos|Peters|Hendriks|van Leeuwen|Dekker|Brouwer|de Wit|Dijkstra|Smits|de Graaf
        |van der Meer|van der Linden|Kok|Jacobs|de Haan|Vermeulen|van den Heuvel|van der Veen|van den Broek
        |de Bruijn|de Bruin|van der Heijden|Schouten|van Beek|Willems|van Vliet|van de Ven|Hoekstra|Maas
        |Verhoeven|Koster|van Dam|van der Wal|Prins|Blom|Huisman|Peeters|de Jonge|Kuipers|van Veen|Post|Kuiper
        |Veenstra|Kramer|van den Brink|Scholten|van Wijk|Postma|Martens|Vink|de Ruiter|Timmermans|Groen
        |Gerritsen|Jonker|van Loon|Boer|van der Velde|Willemsen|Smeets|de Lange|de Vos|van Dongen|Schipper
        |de Koning|van der Laan|Koning|van der Velden|Driessen|van Doorn|Hermans|Evers|van den Bosch
        |van der Meulen|Hofman|Bosman|Wolters|Sanders|van der Horst|Mol|Kuijpers|Molenaar|van de Pol|Verbeek
        |'t Hooft|van 't Hof|in 't Veld|op den Kelder|ter Braak|ten Hoeve|van der Horn|Çelik|Yılmaz|Öztürk
        |El Amrani|Bouzid|Singh|Ramdin|Nguyen|Hoekema|Bergsma|Sijtsma""",
    "BE": """Peeters|Janssens|Maes|Jacobs|Mertens|Willems|Claes|Goossens|Wouters|De Smet|Vermeulen|Pauwels
        |Dubois|Hermans|Aerts|Michiels|Lambert|Van den Broeck|Van Damme|Vandenberghe|De Clercq|Lefèvre|Dupré
        |Desmet|Verhaegen|Thys""",
    "DE": """Müller|Schmidt|Schneider|Fischer|Weber|Meyer|Wagner|Becker|Schulz|Hoffmann|Schäfer|Koch|Bauer
        |Richter|Klein|Wolf|Schröder|Neumann|Krüger|Groß|Böhm|von Bülow""",
}
_TOWNS = {
    "NL": """Amsterdam*12|Rotterdam*9|Den Haag*7|Utrecht*6|Eindhoven*4|Groningen*4|Tilburg*3|Almere*3|Breda*3
        |Nijmegen*3|Apeldoorn*2|Arnhem*2|Haarlem*3|Enschede*2|Amersfoort*3|Zaandam*2|'s-Hertogenbosch*2
        |Zwolle*2|Leiden*2|Leeuwarden*2|Maastricht*2|Dordrecht*2|Ede*1|Alphen aan den Rijn*1|Alkmaar*1|Delft*2
        |Deventer*1|Hilversum*1|Roosendaal*1|Oss*1|Assen*1|Middelburg*1|Gouda*1|Zeist*1|Veenendaal*1|Hoorn*1|Venlo*1
        |Sneek*1|Heerenveen*1|Emmen*1|Bergen op Zoom*1|Capelle aan den IJssel*1|Katwijk aan Zee*1|Oisterwijk*1
        |Wijk bij Duurstede*1|Houten*1|Purmerend*1|Lelystad*1|Tiel*1|Goes*1|Winschoten*1|Bolsward*1""",
    "BE": "Antwerpen*5|Gent*4|Brugge*2|Leuven*2|Mechelen*2|Hasselt*1|Kortrijk*1|Oostende*1|Liège*1",
    "DE": "Düsseldorf*2|Köln*3|Kleve*1|Münster*2|Aachen*1|Emmerich*1|Osnabrück*1|Berlin*1",
}
_COUNTRIES = ("NL", "BE", "DE")
_COUNTRY_SHARES = (0.93, 0.05, 0.02)
# Reserved for examples (RFC 2606), so that no mail of a demo can reach anyone.
_DOMAINS = ("example.nl", "example.com", "example.org", "example.net")
_DOMAIN_SHARES = (0.5, 0.3, 0.1, 0.1)
_SAME_PERSON_SHARE = 0.003
# A letter that no accent comes off of, and the one whose accent Windows-1252 does not know.
_SPELLINGS = str.maketrans({"ß": "ss", "ı": "i"})


@dataclass(frozen=True)
class People:
    """Columns of the customer file that say who somebody is; one row per customer."""

    name: Column
    email: Column
    country: Column
    town: Column


@dataclass(frozen=True)
class _Vocabulary:
    """The lists of all countries end to end, with where each country's part starts and its weights."""

    texts: Texts
    slugs: Texts
    starts: list[int]
    weights: list[np.ndarray]


def draw_people(customers: int, rng: np.random.Generator) -> People:
    """Draw that many people. A few have an earlier customer's name and address: the same person, twice."""
    first, last = _read_lists(_FIRST_NAMES, None), _read_lists(_LAST_NAMES, "|")
    town = _read_lists(_TOWNS, "|")
    country = rng.choice(len(_COUNTRIES), size=customers, p=_COUNTRY_SHARES)
    first_at, last_at, town_at = (_draw_by_country(each, country, rng) for each in (first, last, town))
    domain = rng.choice(len(_DOMAINS), size=customers, p=_DOMAIN_SHARES)
    number = _count_namesakes(first.slugs, first_at, last.slugs, last_at)
    again, original = _draw_second_accounts(customers, rng)
    for values in (country, first_at, last_at, town_at, domain, number):
        values[again] = values[original]
    space = Texts([" "]).column(np.zeros(customers, dtype=np.int64))
    name = np.concatenate((first.texts.column(first_at), space, last.texts.column(last_at)), axis=1)
    email = np.concatenate(
        (
            first.slugs.column(first_at),
            as_column(np.full(customers, b".")),
            last.slugs.column(last_at),
            empty_where(number == 0, whole_numbers(number + 1)),
            Texts(f"@{each}" for each in _DOMAINS).column(domain),
        ),
        axis=1,
    )
    return People(name, email, Texts(_COUNTRIES).column(country), town.texts.column(town_at))


def _read_lists(lists: dict[str, str], separator: str | None) -> _Vocabulary:
    """Read the lists above: names, or towns each with ``*`` and a weight."""
    texts: list[str] = []
    starts: list[int] = []
    weights: list[np.ndarray] = []
    for country in _COUNTRIES:
        starts.append(len(texts))
        entries = [entry.strip().partition("*") for entry in lists[country].split(separator)]
        texts += [text.translate({ord("ı"): "i"}) for text, _star, _weight in entries]
        # Without a weight the earlier in the list, the commoner: names are listed about by frequency.
        weight = np.array([float(each or 1 / (20 + rank)) for rank, (_, _, each) in enumerate(entries)])
        weights.append(weight / weight.sum())
    return _Vocabulary(Texts(texts), Texts(map(_to_mailbox, texts)), starts, weights)


def _to_mailbox(name: str) -> str:
    """Write a name as mail addresses do: no accents, apostrophes or spaces."""
    plain = unicodedata.normalize("NFKD", name.translate(_SPELLINGS)).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())


def _draw_by_country(words: _Vocabulary, country: Integers, rng: np.random.Generator) -> Integers:
    positions = np.zeros(country.size, dtype=np.int64)
    for each, (start, weights) in enumerate(zip(words.starts, words.weights, strict=True)):
        here = np.flatnonzero(country == each)
        positions[here] = start + rng.choice(weights.size, size=here.size, p=weights)
    return positions


def _count_namesakes(first: Texts, first_at: Integers, last: Texts, last_at: Integers) -> Integers:
    """Return for each customer how many earlier ones have the same mailbox name."""
    first_id = np.unique(first.encoded, return_inverse=True)[1]
    last_id = np.unique(last.encoded, return_inverse=True)[1]
    key = first_id[first_at] * last_id.size + last_id[last_at]
    order = np.argsort(key, kind="stable")
    is_first = np.concatenate(([True], np.diff(key[order]) != 0))[: key.size]
    position = np.arange(key.size)
    since = np.maximum.accumulate(np.where(is_first, position, 0))
    count = np.empty(key.size, dtype=np.int64)
    count[order] = position - since
    return count


def _draw_second_accounts(customers: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Draw pairs (later customer, earlier customer): the later is the earlier with a second account."""
    # Later ones from the second half, earlier ones from the first: nobody is a copy of a copy.
    half = customers // 2
    size = round(customers * _SAME_PERSON_SHARE)
    later = half + rng.choice(customers - half, size=size, replace=False)
    earlier = rng.integers(0, max(half, 1), size=size)
    return later, earlier
