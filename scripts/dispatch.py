"""Ask GitHub to retrain when Label Studio's webhook has told of enough annotations."""

import importlib.util
import logging

from .project.errors import UserError, run

NEEDED = ("fastapi", "uvicorn")


def main() -> None:
    """Take Label Studio's webhooks. The settings are environment variables (docs/how-to/ci.md)."""
    for module in NEEDED:
        if importlib.util.find_spec(module) is None:
            raise UserError(
                f"The package {module} is not installed, which taking webhooks needs.",
                "pip install -r requirements-serve.txt",
            )
    import uvicorn  # noqa: PLC0415  (it may be missing)

    from .serving.dispatching import Dispatching, create_app  # noqa: PLC0415
    from .serving.environment import read_settings  # noqa: PLC0415

    settings = read_settings(Dispatching, "docs/how-to/ci.md")
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port)


if __name__ == "__main__":
    run(main)
