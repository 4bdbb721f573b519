"""One person's regions: where they lie, what they cut, and what they are called."""

from .cases import MISSING, Case, by, gold, mark

EMOJI = "\U0001f33b\U0001f469\u200d\U0001f33e Rosa Mendes planted beans near Lima."
OLD_EMOJI = "\U0001f600\U0001f600 Yesterday Ingrid Dahl sold the tractor."
LINES = "Sender: the office\r\nTo Omar Said,\r\nabout the boat from Saint\r\nLouis."
NESTED = "She studied at the University of Porto for years."
CROSSING = "Money came through Bank of North Korea yesterday."
TWICE = "Pedro Alves was marked by one person with two clicks."
TWO_REGIONS = "The river Jordan or a man of that name?"
BLOCKED = "Some say Michael Jordan flew over it."
TWO_LABELS = "Washington decided that on Friday."
PART = "The rally of anti-Trumpism voters ended at noon."
OUTSIDE = "Nothing drowned, and Plato is cited."
OUTSIDE_BARE = "Here offsets are all that a script has written."
MOVED = "A script has moved the region on Valparaiso by many characters."
UNKNOWN = "An old label stands on Smaug among these hills."
MARKS = "Mu\u0308ller paid 5\u00a0\u20ac to Zoe\u0308\u00a0Kravitz in Ko\u0308ln."
EDGES = "The mouse slipped beyond Quito  and took the space along."
RELATED = "Maria Silva works for Banco Azul now."

SPANS = [
    Case(
        "emoji before an entity",
        EMOJI,
        gold(("Rosa Mendes", "PERSON"), ("Lima", "PLACE")),
        (by("first", mark(EMOJI, "Rosa Mendes", "PERSON"), mark(EMOJI, "Lima", "PLACE")),),
    ),
    Case(
        "offsets in UTF-16 units after emoji",
        OLD_EMOJI,
        gold(
            ("Ingrid Dahl", "PERSON"),
            listed=(("PERSON", "Ingrid Dahl", "utf16", "repaired"),),
            spans={"regions": 1, "utf16": 1, "agreed": 1, "entities": 1},
        ),
        (by("first", mark(OLD_EMOJI, "Ingrid Dahl", "PERSON", shift=2)),),
    ),
    Case(
        "CRLF in the text",
        LINES,
        gold(("Omar Said", "PERSON"), ("Saint\r\nLouis", "PLACE")),
        (
            by(
                "first",
                mark(LINES, "Omar Said", "PERSON"),
                mark(LINES, "Saint\r\nLouis", "PLACE", quote="Saint\\nLouis"),
            ),
        ),
    ),
    Case(
        "nested spans",
        NESTED,
        gold(
            ("University of Porto", "ORG"),
            all_spans=(("University of Porto", "ORG"), ("Porto", "PLACE")),
            listed=(("PLACE", "Porto", "overlap", MISSING),),
            spans={"regions": 2, "code_points": 2, "agreed": 2, "entities": 1, "overlap": 1},
        ),
        (by("first", mark(NESTED, "University of Porto", "ORG"), mark(NESTED, "Porto", "PLACE")),),
    ),
    Case(
        "crossing spans",
        CROSSING,
        gold(
            ("Bank of North", "ORG"),
            missing=("Korea",),
            all_spans=(("Bank of North", "ORG"), ("North Korea", "PLACE")),
            listed=(("PLACE", "North Korea", "overlap", MISSING),),
            spans={"regions": 2, "code_points": 2, "agreed": 2, "entities": 1, "overlap": 1},
        ),
        (
            by(
                "first",
                mark(CROSSING, "North Korea", "PLACE"),
                mark(CROSSING, "Bank of North", "ORG"),
            ),
        ),
    ),
    Case(
        "same span twice, same label",
        TWICE,
        gold(
            ("Pedro Alves", "PERSON"),
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
        (
            by(
                "first",
                mark(TWICE, "Pedro Alves", "PERSON"),
                {**mark(TWICE, "Pedro Alves", "PERSON"), "id": "again"},
            ),
        ),
    ),
    Case(
        "two regions with two labels on one span",
        TWO_REGIONS,
        gold(
            missing=("Jordan",),
            all_spans=(("Jordan", "PERSON"), ("Jordan", "PLACE")),
            listed=(
                ("PLACE", "Jordan", "two_labels", MISSING),
                ("PERSON", "Jordan", "two_labels", MISSING),
            ),
            spans={"regions": 2, "code_points": 2, "agreed": 2, "two_labels": 2},
        ),
        (by("first", mark(TWO_REGIONS, "Jordan", "PLACE"), mark(TWO_REGIONS, "Jordan", "PERSON")),),
    ),
    Case(
        "two labels on a span within a longer one",
        BLOCKED,
        gold(
            missing=("Michael", "Jordan"),
            all_spans=(("Michael Jordan", "PERSON"), ("Jordan", "PERSON"), ("Jordan", "PLACE")),
            listed=(
                ("PERSON", "Michael Jordan", "overlap", MISSING),
                ("PLACE", "Jordan", "two_labels", MISSING),
                ("PERSON", "Jordan", "two_labels", MISSING),
            ),
            spans={"regions": 3, "code_points": 3, "agreed": 3, "two_labels": 2, "overlap": 1},
        ),
        (
            by(
                "first",
                mark(BLOCKED, "Michael Jordan", "PERSON"),
                mark(BLOCKED, "Jordan", "PLACE"),
                mark(BLOCKED, "Jordan", "PERSON"),
            ),
        ),
    ),
    Case(
        "one region with two labels",
        TWO_LABELS,
        gold(
            missing=("Washington",),
            all_spans=(("Washington", "PERSON"), ("Washington", "PLACE")),
            listed=(
                ("PLACE, PERSON", "Washington", "two_labels", MISSING),
                ("PLACE, PERSON", "Washington", "two_labels", MISSING),
            ),
            spans={"regions": 1, "code_points": 1, "agreed": 2, "two_labels": 2},
        ),
        (by("first", mark(TWO_LABELS, "Washington", "PLACE", "PERSON")),),
    ),
    Case(
        "a token's part",
        PART,
        gold(
            missing=("Trumpism",),
            listed=(("PERSON", "Trump", "token_boundaries", MISSING),),
            spans={"regions": 1, "code_points": 1, "agreed": 1, "token_boundaries": 1},
        ),
        (by("first", mark(PART, "Trump", "PERSON")),),
    ),
    Case(
        "offsets out of bounds, the text not there",
        OUTSIDE,
        gold(
            ("Plato", "PERSON"),
            missing=("Nothing", "drowned", ",", "and", "is", "cited", "."),
            listed=(("PLACE", "Atlantis", "text_not_found", "rejected"),),
            spans={
                "regions": 2,
                "code_points": 1,
                "rejected": 1,
                "text_not_found": 1,
                "agreed": 1,
                "entities": 1,
            },
        ),
        (
            by(
                "first",
                mark(OUTSIDE, "drowned,", "PLACE", shift=500, quote="Atlantis"),
                mark(OUTSIDE, "Plato", "PERSON"),
            ),
        ),
    ),
    Case(
        "offsets out of bounds, no text quoted",
        OUTSIDE_BARE,
        gold(
            missing=("Here", "offsets", "are", "all", "that", "a", "script", "has", "written", "."),
            listed=(("PLACE", None, "out_of_bounds", "rejected"),),
            spans={"regions": 1, "rejected": 1, "out_of_bounds": 1},
        ),
        (by("first", mark(OUTSIDE_BARE, "script", "PLACE", shift=90, quote=None)),),
    ),
    Case(
        "offsets out of bounds, the text there once",
        MOVED,
        gold(
            ("Valparaiso", "PLACE"),
            listed=(("PLACE", "Valparaiso", "occurrence", "repaired"),),
            spans={"regions": 1, "occurrence": 1, "agreed": 1, "entities": 1},
        ),
        (by("first", mark(MOVED, "Valparaiso", "PLACE", shift=400)),),
    ),
    Case(
        "a label that is not in the configuration",
        UNKNOWN,
        gold(
            missing=("Smaug",),
            listed=(("DRAGON", "Smaug", "unmapped_label", MISSING),),
            spans={"regions": 1, "code_points": 1, "unmapped_label": 1},
        ),
        (by("first", mark(UNKNOWN, "Smaug", "DRAGON")),),
    ),
    Case(
        "NBSP and combining marks",
        MARKS,
        gold(
            ("Mu\u0308ller", "PERSON"),
            ("Zoe\u0308\u00a0Kravitz", "PERSON"),
            ("Ko\u0308ln", "PLACE"),
        ),
        (
            by(
                "first",
                mark(MARKS, "Mu\u0308ller", "PERSON"),
                mark(MARKS, "Zoe\u0308\u00a0Kravitz", "PERSON", quote="Zoe\u0308 Kravitz"),
                mark(MARKS, "Ko\u0308ln", "PLACE"),
            ),
        ),
    ),
    Case(
        "whitespace at the edges",
        EDGES,
        gold(
            ("Quito", "PLACE"),
            listed=(("PLACE", "Quito ", "edge_whitespace", "repaired"),),
            spans={
                "regions": 1,
                "code_points": 1,
                "edge_whitespace": 1,
                "agreed": 1,
                "entities": 1,
            },
        ),
        (by("first", mark(EDGES, "Quito  ", "PLACE", quote="Quito ")),),
    ),
    Case(
        "a relation and a choice among the regions",
        RELATED,
        gold(("Maria Silva", "PERSON"), ("Banco Azul", "ORG")),
        (
            by(
                "first",
                mark(RELATED, "Maria Silva", "PERSON"),
                mark(RELATED, "Banco Azul", "ORG"),
                {
                    "type": "relation",
                    "from_id": mark(RELATED, "Maria Silva", "PERSON")["id"],
                    "to_id": mark(RELATED, "Banco Azul", "ORG")["id"],
                    "direction": "right",
                },
                {
                    "id": "tone",
                    "from_name": "tone",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": ["warm"]},
                },
            ),
        ),
    ),
]
