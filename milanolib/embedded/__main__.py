"""The command line: `python -m milanolib.embedded demo | test -- COMMAND | doctor | clean | leftovers`."""

from __future__ import annotations

import argparse
import sys

from milanolib.embedded.console import CannotStart, in_words, say


def main() -> int:
    """Run a command and return its exit status; what is in the way is said in one line."""
    arguments = sys.argv[1:]
    command: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, command = arguments[:cut], arguments[cut + 1 :]
    options = _parser().parse_args(arguments)
    if options.action == "test" and not command:
        _parser().error("test needs a command: test -- COMMAND")
    try:
        return _run(options, command)
    except CannotStart as reason:
        say(str(reason))
    except OSError as error:
        say(in_words(error))
    except KeyboardInterrupt:  # before anything was started; later the signals are ours
        return 130
    return 1


def _run(options: argparse.Namespace, command: list[str]) -> int:
    match options.action:
        case "demo":
            from milanolib.embedded.demo import run_demo  # noqa: PLC0415  each action loads only what it needs

            return run_demo()
        case "test":
            from milanolib.embedded.trial import run_trial  # noqa: PLC0415  as above

            return run_trial(command, is_durable=options.durable)
        case "doctor":
            from milanolib.embedded.doctor import examine  # noqa: PLC0415  as above

            return examine(for_tests=not options.demo, may_install=options.install, is_quiet=options.quiet)
        case "clean":
            from milanolib.embedded.clean import clean  # noqa: PLC0415  as above

            return clean()
        case _:
            from milanolib.embedded.leftovers import leftovers_here  # noqa: PLC0415  as above

            found = leftovers_here()
            say(" ".join(str(pid) for pid in found) if found else "No process of the demo runs.")
            return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m milanolib.embedded")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("demo", help="run the whole portal until Ctrl-C")
    test = actions.add_parser("test", help="run the command after -- beside throw-away servers")
    test.add_argument("--durable", action="store_true", help="write to the disk as production does")
    doctor = actions.add_parser("doctor", help="name what the machine lacks")
    doctor.add_argument("--install", action="store_true", help="as root on Debian, install it")
    doctor.add_argument("--demo", action="store_true", help="only what the demo needs")
    doctor.add_argument("--quiet", action="store_true", help="say nothing when nothing is missing")
    actions.add_parser("clean", help="remove all that the make commands have made")
    actions.add_parser("leftovers", help="name the demo's processes that still run; exit status 1 if any")
    return parser


if __name__ == "__main__":
    sys.exit(main())
