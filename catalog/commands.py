"""`manage catalog …`: imports and generated stock."""

from pathlib import Path

import click

from app import clock
from app.db import session
from catalog import generated_stock, model_records, stock_file
from catalog.listing import Feed, report, take_in
from catalog.model_records import Record
from catalog.stock_file import Shelf, StockRow
from partners.models import HOME_MARKET, Market

File = click.Path(exists=True, dir_okay=False, path_type=Path)

IN_MARKET = click.option("--market", default=HOME_MARKET, show_default=True, help="Where the cars are sold.")

catalog = click.Group("catalog", help="Models, stock and offers.")


@catalog.command("import-models")
@click.argument("file", type=File)
def import_models(file: Path) -> None:
    """Take in model records (JSON lines). Safe to repeat."""
    incomplete: set[str] = set()

    def parse(raw: object) -> Record:
        parsed = model_records.parse(raw)
        if parsed.is_incomplete:
            incomplete.add(parsed.key)
        return parsed

    tally = take_in(model_records.read(file), Feed(parse, model_records.land, lambda r: r.key))
    if incomplete:
        tally.notes["incomplete, taken as they are"] = len(incomplete)
    report(tally)


@catalog.command("import-stock")
@click.argument("file", type=File)
@IN_MARKET
def import_stock(file: Path, market: str) -> None:
    """Take in a stock file (CSV or JSON lines), one row a VIN. Safe to repeat."""
    report(take_in(stock_file.read(file), _stock_feed(_shelf(market))))


@catalog.command("generate-stock")
@click.argument("number", type=click.IntRange(1, 2_000_000))
@click.option("--seed", type=click.IntRange(0), default=1, help="The same seed gives the same cars.")
@IN_MARKET
def generate_stock(number: int, seed: int, market: str) -> None:
    """Make cars in stock, deterministic by seed, with valid VINs of a fictional maker."""
    shelf = _shelf(market)
    today = clock.today(shelf.market.time_zone)
    report(take_in(generated_stock.rows(number, seed, shelf, today), _stock_feed(shelf)))


def _shelf(market: str) -> Shelf:
    if session().get(Market, market) is None:
        raise click.ClickException(f"There is no market {market}.")
    return Shelf.now(market)


def _stock_feed(shelf: Shelf) -> Feed[StockRow]:
    return Feed(stock_file.parser(shelf), stock_file.lander(shelf), lambda row: row.vin)
