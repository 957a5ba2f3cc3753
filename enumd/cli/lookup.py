import click

from enumd.cli.arguments import ANY_NUMBER


@click.command()
@click.argument("number", type=ANY_NUMBER)
def lookup(number) -> None:
    """Ask as an ENUM client."""
    click.echo(str(number))
