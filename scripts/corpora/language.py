"""In which language a text is, by lingua (optional: requirements-raw-text.txt).

Its high-accuracy mode would need 1 GB and settle only texts of a few words otherwise.
"""

from collections.abc import Callable
from functools import lru_cache

from ..project.errors import UserError
from ..project.remote import missing_package


@lru_cache(maxsize=1)
def make_speaks(languages: tuple[str, ...]) -> Callable[[str], bool] | None:
    """Whether a text is in one of the languages (ISO 639-1 codes); None where any will do.

    A text in which no language can be told, as a row of numbers, is in none of them.
    Raises UserError for a language that lingua does not know, or when it is not installed.
    """
    if not languages:
        return None
    try:
        # Imported here: it is optional, and large.
        from lingua import Language, LanguageDetectorBuilder  # noqa: PLC0415
    except ImportError as error:
        raise missing_package("vars.raw_languages needs lingua-language-detector", error) from error
    known = {language.iso_code_639_1.name.lower() for language in Language.all()}
    for code in languages:
        if code not in known:
            raise UserError(
                f"vars.raw_languages: lingua does not know the language {code!r}.",
                f"Give ISO 639-1 codes, as en or en,de. Known are: {', '.join(sorted(known))}.",
            )
    builder = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode()
    detector = builder.with_preloaded_language_models().build()

    def speaks(text: str) -> bool:
        found = detector.detect_language_of(text)
        return found is not None and found.iso_code_639_1.name.lower() in languages

    return speaks
