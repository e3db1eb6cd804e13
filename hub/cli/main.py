"""The command line's front door: which commands there are, and how every one of them ends."""

import select
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from cyclopts import App, CycloptsError, Group

from hub import __version__, settings
from hub.cli import (
    agreement,
    agreement_arrows,
    agreement_lint,
    alerts,
    asyncapi,
    audit,
    bench,
    break_glass,
    connector,
    console,
    decisions,
    demo,
    doctor,
    explain,
    faults,
    home,
    openapi,
    outbound,
    outbound_keys,
    plan,
    policy,
    policy_cedar,
    policy_diff,
    policy_gateways,
    policy_log,
    policy_questions,
    policy_replay,
    policy_schema,
    policy_sign,
    publish,
    quarantine,
    replay,
    report,
    run_hub,
    scenarios,
    simulate,
    subject_report,
    tail,
    version,
    witness,
)
from hub.cli.screen import note, unread

HELP = """
Tell partners what an agreement allows, in time to act.

Start with: hub demo
Then look:  hub decisions, hub explain ID, hub tail PROB
"""
EPILOGUE = """
Exit codes: 0 fine, 1 found a fault or refused, 2 usage, 3 cannot reach,
            70 a fault of the hub's own (HUB_DEBUG=1 shows where).
"""

app = App(
    name="hub",
    help=HELP,
    help_epilogue=EPILOGUE,
    help_format="plaintext",
    version=f"hub {__version__}",
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
LOOK, ANSWER, AGENCY, HUB = (
    Group(name, sort_key=key) for key, name in enumerate(("Look", "Answer for it", "At an agency", "Run a hub"))
)
app.group_commands = Group("Else", sort_key=9)
COMMANDS: tuple[tuple[Group, tuple[Callable[..., Any], ...]], ...] = (
    (LOOK, (demo.demo, tail.tail, alerts.app, plan.plan, scenarios.scenarios, simulate.simulate)),
    (
        ANSWER,
        (
            decisions.decisions,
            explain.explain,
            subject_report.subject_report,
            report.app,
            agreement.app,
            audit.app,
            break_glass.app,
        ),
    ),
    (AGENCY, (connector.app, publish.publish, doctor.doctor, asyncapi.asyncapi, openapi.openapi)),
    (
        HUB,
        (
            *(home.init, policy.app, run_hub.run, console.app, outbound.app, quarantine.app),
            *(replay.replay, bench.bench, witness.app, version.version),
        ),
    ),
)
agreement.app.command(agreement_lint.lint)
agreement.app.command(agreement_arrows.arrows)
outbound.app.command(outbound_keys.keygen)
outbound.app.command(outbound_keys.rotate)
outbound.app.command(outbound_keys.verifier)
POLICY = (
    *(policy_diff.diff, policy_replay.replay, policy_log.log),
    *(policy_sign.build, policy_sign.sign, policy_sign.activate),
    *(policy_questions.coverage, policy_questions.mutants, policy_questions.questions),
    *(policy_cedar.cedar, policy_gateways.gateways, policy_schema.schema),
)
for more in POLICY:
    policy.app.command(more)
policy.app.command(policy_questions.ask, name="test")
for group, commands in COMMANDS:
    for key, command in enumerate(commands):
        if isinstance(command, App):
            command.group, command.sort_key, command.group_commands = (group,), key, Group("Commands")
            app.command(command)
        else:
            app.command(command, group=group, sort_key=key)


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is one line on stderr."""
    try:
        return int(app(list(words)) or 0)
    except CycloptsError as wrong:
        note(f"hub: {_usage(wrong)}; hint: {_helped(words)} --help")
        return faults.USAGE
    except KeyboardInterrupt:
        return faults.INTERRUPTED
    except BrokenPipeError as broken:
        if not _left(sys.stdout):
            return _failed(broken)
        unread(sys.stdout)  # the reader left; nothing more to say
        return 0
    except Exception as error:
        return _failed(error)


def _left(stream: TextIO) -> bool:
    """Whether whoever read *stream* has gone."""
    asked = select.poll()
    asked.register(stream, 0)
    return bool(asked.poll(0))  # of nothing but errors and hang-ups


def _usage(wrong: CycloptsError) -> str:
    return " ".join(str(wrong).split()).rstrip(".")


def _helped(words: Sequence[str]) -> str:
    """
    The longest command that the words name.

    >>> _helped(["policy", "check", "--wrong"]), _helped(["vresion"])
    ('hub policy check', 'hub')
    """
    named, level = ["hub"], app
    for word in words:
        if word.startswith("-") or word not in level:
            break
        named.append(word)
        level = level[word]
    return " ".join(named)


def _failed(error: Exception) -> int:
    told = faults.explain(error)
    if settings.debugging():
        traceback.print_exception(error)
    if told is None:
        note(f"hub: {type(error).__name__}, a fault of its own; hint: HUB_DEBUG=1 shows the trace to report")
        return faults.OURS
    note(told[0])
    return told[1]


def run() -> None:
    """The entry point of the command `hub`."""
    sys.exit(main(sys.argv[1:]))
