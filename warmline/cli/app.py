"""Puts the commands together and turns errors into one red line and an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import warmline
from warmline.cli import (
    asyncapi,
    dead_letters,
    demo,
    doctor,
    licence,
    local,
    plugins,
    publish,
    screen,
    tail,
    topics,
)
from warmline.errors import UnavailableError, WarmlineError

DONE, FAILED, UNAVAILABLE, INTERRUPTED = 0, 1, 3, 130

_EXIT_CODES = """Exit codes: 0 done; 1 failed, or done only in part (bad lines, failed checks);
2 wrong use of the command; 3 Kafka or Redis does not answer, try again; 130 interrupted."""


def run(arguments: Sequence[str]) -> int:
    """The exit code of `warmline ARGUMENTS`."""
    app = _app(arguments)
    try:
        app(list(arguments), prog_name="warmline")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else FAILED
    except WarmlineError as error:
        if _debug(arguments):
            raise
        screen.fail(str(error))
        return UNAVAILABLE if isinstance(error, UnavailableError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if _debug(arguments):
            raise
        screen.fail(
            f"this command needs the package {error.name}, which is not installed: "
            "pip install 'warmline[services,train]'"
        )
        return FAILED
    except Exception as error:
        if _debug(arguments):
            raise
        if _is_from_redis(error, "AuthenticationError"):
            screen.fail("Redis refuses the name or password: look at WARMLINE_REDIS_URL or --redis")
            return FAILED
        if _is_from_redis(error, "ConnectionError", "TimeoutError"):
            screen.fail(f"Redis does not answer ({type(error).__name__})")
            return UNAVAILABLE
        screen.fail(
            f"unexpected {type(error).__name__}: a fault in Warmline. Run it again as "
            "`warmline --debug …` and report what it prints."
        )
        return FAILED
    return DONE


def _app(arguments: Sequence[str]) -> typer.Typer:
    app = typer.Typer(
        name="warmline",
        help="Routes customer inquiries between a bot and people, on Kafka and Redis.",
        epilog=_EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    here, events, operation = "A Kafka and a Redis on this machine", "Events", "Operation"
    app.command("demo", rich_help_panel=here)(demo.demo)
    app.command("up", rich_help_panel=here)(local.up)
    app.command("down", rich_help_panel=here)(local.down)
    app.command("status", rich_help_panel=here)(local.status)
    app.command("publish", rich_help_panel=events)(publish.publish)
    app.command("tail", rich_help_panel=events)(tail.tail)
    app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=events)
    app.add_typer(licence.app, name="licence", rich_help_panel=operation)
    app.add_typer(topics.app, name="topics", rich_help_panel=operation)
    app.command("doctor", rich_help_panel=operation)(doctor.doctor)
    app.command("asyncapi", rich_help_panel=operation)(asyncapi.asyncapi)
    plugins.add_to(app, arguments)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"warmline {warmline.__version__}")
        raise typer.Exit


def _root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and the libraries' logs.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    if debug:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    else:
        # kafka-python tells each attempt to connect as an error; ours says it once, and what to do.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)


def _is_from_redis(error: Exception, *names: str) -> bool:
    """Only a command that asks Redis has loaded its client."""
    faults = sys.modules.get("redis.exceptions")
    return faults is not None and isinstance(error, tuple(getattr(faults, name) for name in names))


def _debug(arguments: Sequence[str]) -> bool:
    return "--debug" in arguments
