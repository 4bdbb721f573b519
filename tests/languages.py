"""Small Label Studio exports in German, Spanish, Chinese and Arabic, made of patterns of ours.

Each has what is hard about its language: German compounds and umlauts, also decomposed; Spanish
accents, also decomposed, and inverted marks; Chinese without spaces, with characters beyond the
basic plane; Arabic from right to left, with vowel marks and figures. All have an emoji before the
first entity, which editors count as two characters and Label Studio as one.
"""

import random
from itertools import product
from typing import Any, NamedTuple

from tests.small_exports import annotation, region, task


class Example(NamedTuple):
    """patterns: texts with {person} and {plant}. The rest: what stands in them."""

    patterns: tuple[str, ...]
    person: tuple[str, ...]
    plant: tuple[str, ...]


EXAMPLES = {
    "de": Example(
        (
            "{person} hat gestern {plant} gegossen.",
            "🌱 {person} sagt, dass {plant} viel Wasser braucht.",
            "Im Beet neben dem Gewächshaus wächst {plant}.",
            "Hat {person} die Blätter von {plant} schon abgeschnitten?",
            "Gegen Schneckenfraß an {plant} hilft laut {person} nur Geduld.",
            "Heute hat es den ganzen Tag geregnet.",
        ),
        (
            "Jürgen Weiß",
            "Ju\u0308rgen Groß",
            "Änne Müller",
            "Heike",
            "Frau Özdemir",
            "Klaus-Dieter",
        ),
        (
            "Rosmarin",
            "die Stockrose",
            "Schnittlauch",
            "Pfefferminze",
            "Gänseblümchen",
            "der Flieder",
        ),
    ),
    "es": Example(
        (
            "¿Ha regado {person} hoy {plant}?",
            "🌻 {person} plantó {plant} junto al muro.",
            "¡Qué bien huele {plant} esta mañana!",
            "Según {person}, {plant} no necesita sombra.",
            "El sábado {person} cortará {plant} en el jardín.",
            "Ayer no vino nadie al huerto.",
        ),
        ("José Núñez", "Jose\u0301 Pérez", "Íñigo", "Begoña Ibáñez", "la señora Ortiz", "Martín"),
        ("el romero", "la hierbabuena", "el jazmín", "la albahaca", "el perejil", "la ortiga"),
    ),
    "zh": Example(
        (
            "{person}昨天给{plant}浇了水。",
            "🌱{person}说{plant}需要很多阳光。",
            "花园的角落里种着{plant}。",
            "{person}什么时候修剪{plant}？",
            "今年的{plant}长得比去年好，{person}很高兴。",
            "今天一直在下雨，没有人来。",
        ),
        ("王小明", "李芳", "𠮷野先生", "欧阳雪", "陈奶奶", "𡈽屋"),
        ("薄荷", "月季", "𬞟草", "迷迭香", "向日葵", "牡丹花"),
    ),
    "ar": Example(
        (
            "سقى {person} اليوم {plant} في الحديقة.",
            "🌿 قال {person} إن {plant} يحتاج إلى الشمس.",
            "ينمو {plant} بجانب الجدار منذ 2019.",
            "متى يقطف {person} أوراق {plant}؟",
            "زرع {person} كثيرا من {plant} قرب البئر.",
            "لم يأت أحد إلى البستان أمس.",
        ),
        ("أحمد", "مُحَمَّد الحسن", "فاطمة الزهراء", "يوسف", "أم كمال", "ليلى"),
        ("النعناع", "الياسمين", "إكليل الجبل", "الريحان", "الزعتر", "البقدونس"),
    ),
}
PERSON, PLANT = "PERSON", "PFLANZE"
UNANNOTATED = 6  # of the tasks of a language


def make_export(lang: str, texts: int = 120) -> list[dict[str, Any]]:
    """An export of so many tasks, no two of one text, the last few without annotation."""
    example, made = EXAMPLES[lang], dict[str, list[dict[str, Any]]]()
    for filling in product(example.patterns, example.person, example.plant):
        text, regions = fill(*filling)
        made[text] = regions
    chosen = random.Random(lang).sample(sorted(made), texts)
    return [
        task(number, text, *([annotation(*made[text])] if number <= texts - UNANNOTATED else []))
        for number, text in enumerate(chosen, start=1)
    ]


def fill(pattern: str, person: str, plant: str) -> tuple[str, list[dict[str, Any]]]:
    """A text and its regions, with offsets in code points."""
    text, regions = "", []
    for number, part in enumerate(pattern.replace("}", "{").split("{")):
        filled = {"person": person, "plant": plant}.get(part, part)
        if filled is not part:
            label = PERSON if part == "person" else PLANT
            place = len(text), len(text) + len(filled)
            regions.append(region(*place, filled, label, name=f"r{number}"))
        text += filled
    return text, regions
