"""Files come in whole: good rows land, bad ones are named, and doing it again changes nothing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.db import close_reading, session, transaction
from app.ids import uuid7
from catalog import vin
from catalog.commands import catalog
from catalog.models import Model, ModelRange, StockItem, Vehicle
from tests.catalog.builders import a_shelf, a_vin

FIXTURE = Path(__file__).parent / "fixtures" / "models.jsonl"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "ev-models.jsonl"


@pytest.fixture(autouse=True)
def shelf(database: None) -> None:
    a_shelf()


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(catalog, arguments, catch_exceptions=False)
    close_reading()
    return result


def last_line(result: Result) -> str:
    return result.stdout.strip().splitlines()[-1]


def test_model_records_land_once_and_a_second_import_changes_nothing() -> None:
    first, second = run("import-models", str(FIXTURE)), run("import-models", str(FIXTURE))

    assert last_line(first) == "read 3, created 3, updated 0, unchanged 0, refused 0"
    assert last_line(second) == "read 3, created 0, updated 0, unchanged 3, refused 0"
    assert "incomplete, taken as they are: 1" in first.stdout


def test_a_record_has_a_page_with_its_figures_cycle_note_and_source(client: FlaskClient) -> None:
    run("import-models", str(FIXTURE))

    html = client.get("/models/fjord-kite-2024-base").get_data(as_text=True)

    for told in (
        "401 km",
        "WLTP",
        "16-inch wheels",
        "352 km",
        "EPA",
        "50.5 kWh",
        "31,990 EUR",
        "open-ev-data",
        "not stated",
    ):
        assert told in html
    assert "/cart/lines" not in html


def test_markup_in_a_record_is_shown_and_never_run(client: FlaskClient) -> None:
    run("import-models", str(FIXTURE))

    html = client.get("/models/fjord-sail-2025-base").get_data(as_text=True)

    assert "Fjørd &lt;b&gt;" in html
    assert "Fjørd <b>" not in html


def test_a_changed_record_is_updated_and_bad_lines_are_named(tmp_path: Path) -> None:
    run("import-models", str(FIXTURE))
    lines = FIXTURE.read_text().splitlines()
    changed = tmp_path / "models.jsonl"
    changed.write_text(
        "\n".join(
            [lines[0].replace("401", "399"), "{not json", '{"schema_version":"1.0.0"}', "[]", "", lines[2]]
        )
    )

    result = run("import-models", str(changed))

    assert last_line(result) == "read 5, created 0, updated 1, unchanged 1, refused 3"
    assert "line 2: not JSON" in result.stdout
    assert "line 3: make" in result.stdout


def test_what_no_database_keeps_is_refused_by_line_and_the_rest_lands(tmp_path: Path) -> None:
    line = FIXTURE.read_text().splitlines()[0]
    odd = tmp_path / "odd.jsonl"
    odd.write_text(
        "\n".join(
            [
                line.replace("16-inch wheels", "16-inch\\u0000wheels"),
                line.replace("16-inch wheels", "\\ud800"),
                line.replace("50.5", "NaN"),
                line.replace('"system_power_kw":100', '"system_power_kw":1e400'),
                line.replace('"range_km":401', '"range_km":-401'),
                line.replace("2024", '"soon"'),
                line.replace("{", '{"deep":' + "[" * 3000 + "]" * 3000 + ",", 1),
                "x" * 300_000,
                line,
            ]
        )
    )

    result = run("import-models", str(odd))

    assert last_line(result) == "read 9, created 1, updated 0, unchanged 0, refused 8"
    assert [text.split(":")[0] for text in result.stdout.splitlines()[:8]] == [
        f"line {n}" for n in range(1, 9)
    ]


def test_of_two_records_of_one_car_in_a_file_the_later_updates(tmp_path: Path) -> None:
    line = FIXTURE.read_text().splitlines()[0]
    path = tmp_path / "twice.jsonl"
    path.write_text("\n".join([line, line.replace("401", "390")]))

    result = run("import-models", str(path))

    assert last_line(result) == "read 2, created 1, updated 1, unchanged 0, refused 0"
    assert session().scalars(select(ModelRange.range_km).where(ModelRange.cycle == "wltp")).one() == 390


def test_records_whose_addresses_would_be_the_same_are_told_apart_for_good(tmp_path: Path) -> None:
    line = FIXTURE.read_text().splitlines()[0]
    twin = line.replace('"trim":{"slug":"base","name":"Base"}', '"variant":{"slug":"base","name":"Base"}')
    path = tmp_path / "twins.jsonl"
    path.write_text("\n".join([line, twin]))

    first, second = run("import-models", str(path)), run("import-models", str(path))

    slugs = session().scalars(select(Model.slug).where(Model.origin == "imported").order_by(Model.slug)).all()
    assert last_line(first) == "read 2, created 2, updated 0, unchanged 0, refused 0"
    assert last_line(second) == "read 2, created 0, updated 0, unchanged 2, refused 0"
    assert slugs[0] == "fjord-kite-2024-base"
    assert slugs[1].startswith("fjord-kite-2024-base-")


@pytest.mark.skipif(
    not REAL.exists(), reason=f"the real records are not here ({REAL}); the fixture stands for them"
)
def test_all_of_the_real_records_land(client: FlaskClient) -> None:
    first, second = run("import-models", str(REAL)), run("import-models", str(REAL))

    assert last_line(first) == "read 1189, created 1189, updated 0, unchanged 0, refused 0"
    assert last_line(second) == "read 1189, created 0, updated 0, unchanged 1189, refused 0"
    slugs = session().scalars(select(Model.slug).where(Model.origin == "imported").order_by(Model.slug)).all()
    assert all(client.get(f"/models/{slug}").status_code == 200 for slug in slugs[::40])
    assert client.get("/models?make=audi&page=2").status_code == 200


def a_stock_file(folder: Path, *rows: str, delimiter: str = ",", bom: bool = False) -> str:
    head = "vin,model,trim,paint,wheels,interior,condition,dealer,price,odometer_km,ready_on"
    path = folder / "stock.csv"
    text = "\n".join((head, *rows)).replace(",", delimiter)
    path.write_text(("\ufeff" if bom else "") + text, encoding="utf-8")
    return str(path)


GOOD = "mere,long-range,tarn,blade,sand,new,hangzhou-west-lake,260800,4,2026-12-01"


@pytest.mark.parametrize(("delimiter", "bom"), [(",", False), (";", False), (",", True)])
def test_good_rows_of_a_stock_file_land_and_bad_ones_are_named(
    tmp_path: Path, delimiter: str, bom: bool
) -> None:
    number = a_vin(1)
    wrong = number[:8] + ("1" if number[8] != "1" else "2") + number[9:]
    path = a_stock_file(
        tmp_path,
        f"{number},{GOOD}",
        f"{wrong},{GOOD}",
        f"{a_vin(2)},{GOOD.replace('mere', 'moon')}",
        f"{a_vin(3)},{GOOD.replace('260800', '-5')}",
        f"{a_vin(4)},{GOOD.replace('tarn', '=HYPERLINK(1)', 1)}",
        f"{a_vin(5)},{GOOD.replace('2026-12-01', 'soon')}",
        f"{a_vin(6)},mere",
        delimiter=delimiter,
        bom=bom,
    )

    result = run("import-stock", path)

    assert last_line(result) == "read 7, created 1, updated 0, unchanged 0, refused 6"
    assert "line 3: vin: the check digit should be" in result.stdout
    assert "line 4: model: 'moon' is not ours" in result.stdout
    assert "a cell begins like a formula" in result.stdout
    assert last_line(run("import-stock", path)) == "read 7, created 0, updated 0, unchanged 1, refused 6"


def test_a_new_price_in_the_file_re_prices_a_car_that_is_free(tmp_path: Path) -> None:
    number = a_vin(1)
    run("import-stock", a_stock_file(tmp_path, f"{number},{GOOD}"))

    result = run("import-stock", a_stock_file(tmp_path, f"{number},{GOOD.replace('260800', '255000')}"))

    assert last_line(result) == "read 1, created 0, updated 1, unchanged 0, refused 0"
    assert session().scalars(select(StockItem.price_minor)).one() == 255_000_00


def test_a_corrected_car_counts_as_updated_and_a_reserved_one_stays_as_it_was_sold(tmp_path: Path) -> None:
    free, reserved = a_vin(1), a_vin(2)
    run("import-stock", a_stock_file(tmp_path, f"{free},{GOOD}", f"{reserved},{GOOD}"))
    with transaction():
        of = select(StockItem).join(Vehicle).where(Vehicle.vin == reserved)
        session().scalars(of).one().reserve(uuid7())

    other = GOOD.replace("sand", "cedar")
    result = run("import-stock", a_stock_file(tmp_path, f"{free},{other}", f"{reserved},{other}"))

    assert last_line(result) == "read 2, created 0, updated 1, unchanged 1, refused 0"
    assert dict(session().execute(select(Vehicle.vin, Vehicle.interior)).all()) == {
        free: "cedar",
        reserved: "sand",
    }


def test_a_vin_does_not_become_another_model(tmp_path: Path) -> None:
    number = a_vin(1)
    run("import-stock", a_stock_file(tmp_path, f"{number},{GOOD}"))

    crag = GOOD.replace("mere,long-range", "crag,dual")
    result = run("import-stock", a_stock_file(tmp_path, f"{a_vin(2)},{GOOD}", f"{number},{crag}"))

    assert last_line(result) == "read 2, created 1, updated 0, unchanged 0, refused 1"
    assert "line 3: vin: known as a Mere, not a Crag" in result.stdout


def test_a_sold_car_comes_back_used_and_is_listed_once(tmp_path: Path) -> None:
    number, order = a_vin(1), uuid7()
    path = a_stock_file(tmp_path, f"{number},{GOOD}")
    run("import-stock", path)
    with transaction():
        item = session().scalars(select(StockItem)).one()
        item.reserve(order)
        item.sell(order)

    again = run("import-stock", path)
    used = a_stock_file(tmp_path, f"{number},{GOOD.replace('new', 'used').replace(',4,', ',21000,')}")
    back, repeated = run("import-stock", used), run("import-stock", used)

    assert last_line(again) == "read 1, created 0, updated 0, unchanged 1, refused 0"
    assert last_line(back) == "read 1, created 1, updated 0, unchanged 0, refused 0"
    assert last_line(repeated) == "read 1, created 0, updated 0, unchanged 1, refused 0"
    assert sorted(session().scalars(select(StockItem.state))) == ["available", "sold"]


def test_stock_comes_as_json_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "stock.jsonl"
    head = ["vin", "model", "trim", "paint", "wheels", "interior", "condition", "dealer", "price"]
    row = dict(zip(head, f"{a_vin(1)},{GOOD}".split(","), strict=False))
    path.write_text("\n".join([json.dumps(row), json.dumps({**row, "price": 1e30}), "[1]", '{"vin":"=1+1"}']))

    result = run("import-stock", str(path))

    assert last_line(result) == "read 4, created 1, updated 0, unchanged 0, refused 3"


def test_generated_stock_is_the_same_for_the_same_seed_and_all_its_vins_are_valid() -> None:
    first = run("generate-stock", "300", "--seed", "7")
    again = run("generate-stock", "300", "--seed", "7")
    other = run("generate-stock", "300", "--seed", "8")

    assert last_line(first) == "read 300, created 300, updated 0, unchanged 0, refused 0"
    assert last_line(again) == "read 300, created 0, updated 0, unchanged 300, refused 0"
    assert last_line(other) == "read 300, created 300, updated 0, unchanged 0, refused 0"
    vins = session().scalars(select(Vehicle.vin)).all()
    assert len(set(vins)) == 600
    assert [vin.fault(number) for number in vins] == [None] * 600
    assert session().scalar(select(func.count()).select_from(StockItem)) == 600
