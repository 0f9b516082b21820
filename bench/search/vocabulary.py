"""What an invented catalogue is made of: words, names, publishers, series, headings and the shapes of titles.

Words come from `wordfreq` with the frequency they have in each language, names from `faker`; the rest is ours.
"""

from __future__ import annotations

import importlib
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from wordfreq import get_frequency_dict, top_n_list

# How many in a hundred titles are in a language (ISO 639-2/B); music without words becomes "zxx" later.
LANGUAGES = {
    "ita": 76.0, "eng": 11.0, "fre": 4.2, "ger": 2.4, "spa": 2.6, "por": 0.7, "rus": 0.7, "ara": 0.7, "chi": 0.7,
    "rum": 0.5, "ukr": 0.5,
}  # fmt: skip
WORDS_OF = {
    "ita": "it", "eng": "en", "fre": "fr", "ger": "de", "spa": "es", "por": "pt", "rus": "ru", "ara": "ar", "chi": "zh",
    "rum": "ro", "ukr": "uk",
}  # fmt: skip
NAMES_OF = {
    "ita": "it_IT", "eng": "en_US", "fre": "fr_FR", "ger": "de_DE", "spa": "es_ES", "por": "pt_BR", "rus": "ru_RU",
    "ara": "ar_AA", "chi": "zh_CN", "rum": "ro_RO", "ukr": "uk_UA",
}  # fmt: skip
ISBN_GROUPS = {
    "ita": "97888", "eng": "9780", "fre": "9782", "ger": "9783", "spa": "97884", "por": "97885", "rus": "9785",
    "ara": "9789953", "chi": "9787", "rum": "978973", "ukr": "978966",
}  # fmt: skip
MATERIALS = {
    "book": 730, "audiobook": 18, "comic": 50, "dvd": 72, "cd": 55, "magazine": 25, "videogame": 8, "map": 14,
    "score": 16, "other": 12,
}  # fmt: skip
AUDIENCES = {"adult": 77, "teen": 7, "children": 16}
EARLIEST = {"dvd": 1998, "cd": 1985, "videogame": 1995, "audiobook": 1995}
EXTENTS = {
    "book": "{} p. ; 21 cm", "audiobook": "1 CD MP3 ({} min)", "comic": "{} p. : ill. ; 28 cm", "dvd": "1 DVD ({} min)",
    "cd": "1 CD ({} min)", "magazine": "fascicoli : ill. ; 30 cm", "videogame": "1 disco ottico", "map": "1 carta",
    "score": "{} p. di musica", "other": "{} pezzi",
}  # fmt: skip

# Publisher, town, weight.
PUBLISHERS = {
    "ita": [
        ("Mondadori", "Milano", 15), ("Einaudi", "Torino", 9), ("Feltrinelli", "Milano", 8), ("Rizzoli", "Milano", 8),
        ("Garzanti", "Milano", 6), ("Adelphi", "Milano", 5), ("Bompiani", "Milano", 5), ("Il Mulino", "Bologna", 5),
        ("Laterza", "Roma ; Bari", 5), ("Giunti", "Firenze", 5), ("Franco Angeli", "Milano", 5),
        ("Newton Compton", "Roma", 4), ("Sellerio", "Palermo", 4), ("Piemme", "Milano", 4), ("Longanesi", "Milano", 3),
        ("Sperling & Kupfer", "Milano", 3), ("Carocci", "Roma", 3), ("De Agostini", "Novara", 3),
        ("Marsilio", "Venezia", 3), ("Salani", "Milano", 3), ("Touring club italiano", "Milano", 2),
        ("Hoepli", "Milano", 2), ("Electa", "Milano", 2), ("Skira", "Milano", 2), ("Zanichelli", "Bologna", 2),
        ("Bollati Boringhieri", "Torino", 2), ("Guanda", "Milano", 2), ("Mursia", "Milano", 2), ("Utet", "Torino", 2),
        ("E/O", "Roma", 1), ("Iperborea", "Milano", 1), ("Neri Pozza", "Vicenza", 1), ("Fazi", "Roma", 1),
        ("Nottetempo", "Milano", 1), ("Babalibri", "Milano", 1), ("Topipittori", "Milano", 1), ("Ricordi", "Milano", 1),
        ("San Paolo", "Cinisello Balsamo", 1), ("Olschki", "Firenze", 1), ("Vita e pensiero", "Milano", 1),
    ],
    "eng": [
        ("Penguin", "London", 5), ("Faber and Faber", "London", 3), ("HarperCollins", "New York", 3),
        ("Random House", "New York", 3), ("Oxford university press", "Oxford", 3), ("Vintage", "London", 2),
        ("Cambridge university press", "Cambridge", 2), ("Bloomsbury", "London", 2),
    ],
    "fre": [("Gallimard", "Paris", 4), ("Le Seuil", "Paris", 2), ("Grasset", "Paris", 1), ("Actes Sud", "Arles", 1)],
    "ger": [("Suhrkamp", "Frankfurt am Main", 2), ("Fischer", "Frankfurt am Main", 2), ("Diogenes", "Zürich", 1)],
    "spa": [("Planeta", "Barcelona", 2), ("Alfaguara", "Madrid", 2), ("Anagrama", "Barcelona", 1)],
    "por": [("Companhia das letras", "São Paulo", 1), ("Porto editora", "Porto", 1)],
    "rus": [("ACT", "Москва", 1), ("Азбука", "Санкт-Петербург", 1)],
    "ara": [("دار الآداب", "بيروت", 1), ("دار الشروق", "القاهرة", 1)],
    "chi": [("人民文学出版社", "北京", 1), ("上海译文出版社", "上海", 1)],
    "rum": [("Humanitas", "București", 1), ("Polirom", "Iași", 1)],
    "ukr": [("А-БА-БА-ГА-ЛА-МА-ГА", "Київ", 1), ("Видавництво Старого Лева", "Львів", 1)],
}  # fmt: skip
SERIES_HEADS = (
    *("Biblioteca", "Collana", "Oscar", "Tascabili", "Classici", "I grandi libri", "Saggi", "Narratori", "Quaderni"),
    *("Storie", "Piccola biblioteca", "Universale", "Manuali", "I gialli", "Il battello", "Le guide", "Atlanti"),
)
# The commoner first: the head of a list is drawn far more often than its tail.
TOWNS = (
    *("Milano", "Italia", "Roma", "Lombardia", "Venezia", "Europa", "Firenze", "Napoli", "Torino", "Parigi"),
    *("Londra", "Sicilia", "Bologna", "Genova", "Toscana", "Berlino", "Stati Uniti", "Francia", "Palermo", "Cina"),
    *("India", "Bergamo", "Brescia", "Como", "Pavia", "Monza", "Mantova", "Cremona", "Lodi", "Trieste", "Verona"),
    *("Sardegna", "Giappone", "Russia", "Spagna", "Grecia", "Egitto", "Vienna", "Lisbona", "New York", "Brianza"),
)
HEADS = (
    *("Storia", "Romanzi", "Arte", "Letteratura italiana", "Bambini", "Architettura", "Filosofia", "Politica"),
    *("Guerra mondiale 1939-1945", "Musica", "Cinema", "Economia", "Psicologia", "Religione", "Cucina", "Viaggi"),
    *("Donne", "Educazione", "Famiglia", "Fascismo", "Resistenza", "Medicina", "Diritto", "Scienze", "Matematica"),
    *("Fisica", "Sport", "Fotografia", "Teatro", "Poesia", "Giardini", "Informatica", "Linguistica", "Ambiente"),
    *("Lavoro", "Industria", "Immigrazione", "Alimentazione", "Adolescenti", "Animali", "Montagne", "Mare", "Treni"),
)
ASPECTS = (
    *("Storia", "Sec. 20.", "Sec. 19.", "Guide", "Saggi", "Sec. 18.", "Manuali", "Fotografie", "Aspetti sociali"),
    *("Cataloghi di esposizioni", "Congressi", "Dizionari", "Insegnamento", "Legislazione", "Fonti", "Bibliografie"),
)

# Shapes of titles by language, each with its weight: W a word, C a word with a capital, P a place, Y a year.
SHAPES = {
    "ita": {
        "Il W di W": 5, "La W del W": 5, "I W della W": 3, "Gli W e il W": 3, "Le W nella W": 4, "C e W": 8, "C": 4,
        "C W": 9, "Storia della W W": 4, "Storia di P": 1.2, "Un W per W W": 4, "Una W W": 5, "Il W delle W": 5,
        "C a P": 3.5, "P e la W": 1.8, "Guida di P": 0.5, "P W": 1.4, "Manuale di W W": 2, "Introduzione alla W W": 3,
        "C W e W W": 7, "Non W la W": 2, "Quando il W W": 3, "La W senza W": 4, "Dove W i W": 2, "Tutti i W di W": 2,
        "Piccola W della W": 1.5, "Dizionario di W": 1, "Sul W del W W": 4, "Lettere da P": 0.5, "Che W la W?": 1,
        "C, W e W": 3, "Oltre la W": 1.5, "Cronache di P: la W": 0.4,
    },
    "eng": {
        "The W of W": 6, "The W W": 7, "C and W": 5, "A W for the W": 4, "C W": 5, "C": 3, "Introduction to W": 2,
        "How to W your W": 3, "The W who W": 4, "C in the W": 4, "The last W": 1.5, "W: a history of W": 1.5,
    },
    "fre": {"Le W de W": 5, "La W du W": 4, "C et W": 4, "C": 2, "Les W W": 4, "Histoire de la W": 1.5},
    "ger": {"Der W und die W": 4, "Das W W": 4, "C und W": 4, "C": 2, "Die W von W": 4, "Geschichte der W": 1.5},
    "spa": {"El W de W": 5, "La W del W": 4, "C y W": 4, "C": 2, "Los W W": 4, "Historia de la W": 1.5},
    "por": {"O W de W": 5, "A W do W": 4, "C e W": 4, "C": 2},
    "rus": {"C и W": 4, "C W": 5, "C": 2},
    "ara": {"W W": 5, "W": 2, "W في W": 3},
    "chi": {"WW": 5, "W的W": 4, "W": 1},
    "rum": {"C și W": 4, "C W": 5, "C": 2},
    "ukr": {"C і W": 4, "C W": 5, "C": 2},
}  # fmt: skip
SUBTITLES = {
    "ita": {
        "romanzo": 6, "W e W nella W": 5, "una W W": 4, "W, W e W": 4, "dalle W alla W": 3, "storie di W": 3,
        "P Y-Y": 1, "saggio sulla W W": 2, "con W e W": 2, "la W a P": 1.5, "guida alla W": 1.5,
        "atti del convegno, P Y": 0.8,
    },
    "eng": {"a novel": 5, "a W of W": 4, "the W of the W": 4, "essays on W": 1},
}  # fmt: skip

BARE_LEAST = 4  # letters of a word that carries meaning; Chinese words are short
SKIPPED = 90  # the commonest words of a language: articles, prepositions, auxiliaries
KEPT = 40_000
FLATTENED = 0.85  # titles use rarer words than speech does


class Weighted(NamedTuple):
    """Things to draw from, and their weights summed up, as `random.choices` wants them."""

    things: tuple
    sums: tuple


def weighted(weights) -> Weighted:
    """Return what a mapping from a thing to its weight gives to draw from."""
    return Weighted(tuple(weights), tuple(accumulate(weights.values())))


def zipf(things, exponent: float, start: float) -> Weighted:
    """Return things to draw from, the earlier the oftener: the n-th with the weight 1 / (n + start) ** exponent."""
    return Weighted(tuple(things), tuple(accumulate((n + start) ** -exponent for n in range(len(things)))))


@cache
def words(language: str) -> Weighted:
    """Return the words of a language that carry meaning, as often as they are used."""
    code = WORDS_OF[language]
    least = 2 if code == "zh" else BARE_LEAST
    frequency = get_frequency_dict(code)
    kept = [word for word in top_n_list(code, KEPT) if word.isalpha() and len(word) >= least][SKIPPED:]
    return weighted({word: frequency[word] ** FLATTENED for word in kept})


@cache
def names(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return given names and family names of a language."""
    provider = importlib.import_module(f"faker.providers.person.{NAMES_OF[language]}").Provider
    given = {name for kind in ("first_names", "first_names_male", "first_names_female")
             for name in getattr(provider, kind, ())}  # fmt: skip
    return tuple(sorted(given)), tuple(sorted(set(provider.last_names)))
