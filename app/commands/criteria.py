"""``thomas-test criteria``: list the rule-sets."""

from dataclasses import asdict
from typing import Annotated

import typer

from app.commands.options import AsJson, checked_rules, print_line


def list_criteria(
    as_json: AsJson = False,
    file: Annotated[
        str | None, typer.Option(metavar="FILE.toml", help="Validate and show a custom file.")
    ] = None,
) -> None:
    """List the rule-sets by which a measurement can be judged."""
    from vision.criteria import DEFAULT_RULES, RULE_SETS
    from vision.norms import NORMS, NORMS_CAUTION

    listed = RULE_SETS.values() if file is None else (checked_rules(file),)
    for rules in listed:
        if as_json:
            print_line(asdict(rules))
            continue
        default = ", the default" if rules.id == DEFAULT_RULES else ""
        typer.echo(f"{rules.id} (version {rules.version}{default}): {rules.title}")
        typer.echo(f"    {rules.in_words()}")
        for text in (rules.citation, rules.population, rules.limits):
            if text:
                typer.echo(f"    {text}")
    if as_json or file is not None:
        return
    typer.echo("\nTo compare with, not to judge by:")
    for norm in NORMS:
        typer.echo(f"    {norm.title} ({norm.limbs}): {norm.in_words()}")
        typer.echo(f"        {norm.citation}")
    typer.echo(f"    {NORMS_CAUTION}")
