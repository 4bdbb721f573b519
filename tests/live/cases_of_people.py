"""Who has said what: what is gold, and whose word counts."""

from .cases import ABSENT, MISSING, TWO_ROWS, Case, Meant, Submission, by, gold, mark, predicted

AGREED = "Both readers saw Amina Diallo at the market."
DISPUTED = "We camped beside Lake Victoria, not far from Kisumu."
SKIPPED = "Lorem ipsum dolor sit amet."
EMPTY = "It rained for the whole afternoon."
DRAFT = "Somebody began with Helsinki and went to lunch."
PREDICTED = "A model alone has read about Tokyo here."
ACCEPTED = "The model was right about Nairobi this time."
OVERRULED = "The model saw a town called Reading in this sentence, wrongly."
COPIES = "The same sentence on Ottawa was imported a second time."
THREE = "Three people read that Mount Kenya Academy opened."
ONE_SKIPS = "One of two readers skipped Jakarta."
COPY_LEFT = "One copy of this line about Bogota was annotated, the other not opened."
COPY_SKIPPED = "One copy of that line about Caracas was annotated, the other skipped."
COPIES_DISPUTED = "Copies of the line about Port Louis went to different readers."
SELF = "The same reader marked Santa Cruz on two days, and differently."
MAJORITY = "Two of the three saw Abel Okoro, and all of them saw Accra."

PEOPLE = [
    Case(
        "two annotators agree",
        AGREED,
        gold(
            ("Amina Diallo", "PERSON"),
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
        (
            by("first", mark(AGREED, "Amina Diallo", "PERSON")),
            by("second", mark(AGREED, "Amina Diallo", "PERSON")),
        ),
        rows=gold(
            ("Amina Diallo", "PERSON"),
            tasks=TWO_ROWS,
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
    ),
    Case(
        "two annotators disagree",
        DISPUTED,
        disputed := gold(
            ("Kisumu", "PLACE"),
            missing=("Lake", "Victoria"),
            listed=(
                ("PLACE", "Lake Victoria", "no_majority", MISSING),
                ("PERSON", "Victoria", "no_majority", MISSING),
            ),
            spans={"regions": 4, "code_points": 4, "agreed": 1, "entities": 1, "no_majority": 2},
        ),
        (
            by(
                "first", mark(DISPUTED, "Lake Victoria", "PLACE"), mark(DISPUTED, "Kisumu", "PLACE")
            ),
            by("second", mark(DISPUTED, "Victoria", "PERSON"), mark(DISPUTED, "Kisumu", "PLACE")),
        ),
        rows=disputed._replace(tasks=TWO_ROWS),
    ),
    Case(
        "skip",
        SKIPPED,
        ABSENT._replace(tasks={"skipped": 1}),
        (Submission("first", skipped=True),),
        rows=ABSENT,  # no row at all, whichever tasks are asked for
    ),
    Case("empty result", EMPTY, gold(tasks={"annotated_empty": 1}), (by("first"),)),
    Case(
        "draft only",
        DRAFT,
        Meant("project", tasks={"only_drafts": 1}),
        draft=(mark(DRAFT, "Helsinki", "PLACE"),),
        annotated_only=ABSENT,
        rows_all=Meant("project", tasks={"unannotated": 1}),
    ),
    Case(
        "prediction only",
        PREDICTED,
        Meant("project", tasks={"only_predictions": 1}),
        prediction=(mark(PREDICTED, "Tokyo", "PLACE"),),
        annotated_only=ABSENT,
        rows_all=Meant("project", tasks={"unannotated": 1}),
    ),
    Case(
        "nothing at all",
        "Nobody has opened this task so far.",
        Meant("project", tasks={"unannotated": 1}),
        annotated_only=ABSENT,
    ),
    Case(
        "accepted prediction",
        ACCEPTED,
        gold(("Nairobi", "PLACE")),
        (Submission("first", (predicted(mark(ACCEPTED, "Nairobi", "PLACE")),), accepted=True),),
        prediction=(mark(ACCEPTED, "Nairobi", "PLACE"),),
    ),
    Case(
        "prediction, and an annotation that says there is nothing",
        OVERRULED,
        gold(tasks={"annotated_empty": 1}),
        (by("first"),),
        prediction=(mark(OVERRULED, "Reading", "PLACE"),),
    ),
    Case(
        "one text in two tasks",
        COPIES,
        gold(
            ("Ottawa", "PLACE"),
            tasks=TWO_ROWS,
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
        (by("first", mark(COPIES, "Ottawa", "PLACE")),),
        again=(by("second", mark(COPIES, "Ottawa", "PLACE")),),
    ),
    Case(
        "ground truth among three annotators",
        THREE,
        gold(
            ("Mount Kenya Academy", "ORG"),
            spans={"regions": 3, "code_points": 3, "overruled": 2, "agreed": 1, "entities": 1},
        ),
        (
            by("first", mark(THREE, "Mount Kenya", "PLACE")),
            by("second", mark(THREE, "Mount Kenya Academy", "ORG"))._replace(ground_truth=True),
            by("third", mark(THREE, "Mount Kenya", "PLACE")),
        ),
        # Rows do not say which annotation is the ground truth: the majority decides.
        rows=gold(
            ("Mount Kenya", "PLACE"),
            missing=("Academy",),
            listed=(("ORG", "Mount Kenya Academy", "no_majority", MISSING),),
            tasks={"annotated": 3, "merged_into_others": 2},
            spans={"regions": 3, "code_points": 3, "agreed": 1, "entities": 1, "no_majority": 1},
        ),
    ),
    Case(
        "one of two annotators skips",
        ONE_SKIPS,
        gold(("Jakarta", "PLACE")),
        (
            Submission("first", skipped=True),
            by("second", mark(ONE_SKIPS, "Jakarta", "PLACE")),
        ),
    ),
    Case(
        "one text in two tasks, one of them not annotated",
        COPY_LEFT,
        gold(
            ("Bogota", "PLACE"), tasks={"annotated": 1, "unannotated": 1, "merged_into_others": 1}
        ),
        (by("first", mark(COPY_LEFT, "Bogota", "PLACE")),),
        again=(),
        annotated_only=gold(("Bogota", "PLACE")),
    ),
    Case(
        "one text in two tasks, one of them skipped",
        COPY_SKIPPED,
        gold(("Caracas", "PLACE"), tasks={"annotated": 1, "skipped": 1, "merged_into_others": 1}),
        (Submission("first", skipped=True),),
        again=(by("second", mark(COPY_SKIPPED, "Caracas", "PLACE")),),
        rows=gold(("Caracas", "PLACE")),
    ),
    Case(
        "one text in two tasks, annotated differently",
        COPIES_DISPUTED,
        gold(
            missing=("Port", "Louis"),
            listed=(
                ("PLACE", "Port Louis", "no_majority", MISSING),
                ("PERSON", "Louis", "no_majority", MISSING),
            ),
            tasks=TWO_ROWS,
            spans={"regions": 2, "code_points": 2, "no_majority": 2},
        ),
        (by("first", mark(COPIES_DISPUTED, "Port Louis", "PLACE")),),
        again=(by("second", mark(COPIES_DISPUTED, "Louis", "PERSON")),),
    ),
    Case(
        "one person's two annotations differ",
        SELF,
        both_days := gold(
            missing=("Santa", "Cruz"),
            listed=(
                ("PLACE", "Santa Cruz", "no_majority", MISSING),
                ("PERSON", "Santa Cruz", "no_majority", MISSING),
            ),
            spans={"regions": 2, "code_points": 2, "no_majority": 2},
        ),
        (
            by("third", mark(SELF, "Santa Cruz", "PLACE")),
            by("third", mark(SELF, "Santa Cruz", "PERSON")),
        ),
        rows=both_days._replace(tasks=TWO_ROWS),
    ),
    Case(
        "a majority of three annotators",
        MAJORITY,
        most := gold(
            ("Abel Okoro", "PERSON"),
            ("Accra", "PLACE"),
            spans={"regions": 5, "code_points": 5, "agreed": 2, "entities": 2},
        ),
        (
            by("first", mark(MAJORITY, "Abel Okoro", "PERSON"), mark(MAJORITY, "Accra", "PLACE")),
            by("second", mark(MAJORITY, "Accra", "PLACE"), mark(MAJORITY, "Abel Okoro", "PERSON")),
            by("third", mark(MAJORITY, "Accra", "PLACE")),
        ),
        rows=most._replace(tasks={"annotated": 3, "merged_into_others": 2}),
    ),
]
