"""After all of it: nothing that must hold is broken, and no trigger is without its lead."""

import json

import pytest

from tests.journeys.waiting import eventually
from tests.shop import Shop

pytestmark = pytest.mark.browser


def test_every_invariant_holds(shop: Shop) -> None:
    told = shop.manage("app", "invariants", "--json")

    assert told.returncode == 0, told.stdout + told.stderr
    assert not any(json.loads(told.stdout).values())


def test_every_trigger_has_its_lead_and_every_lead_its_dispatch(shop: Shop) -> None:
    eventually(lambda: shop.manage("leads", "reconcile", "--json").returncode == 0, within_s=90)

    told = shop.manage("leads", "reconcile", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    assert not any(json.loads(told.stdout).values())


def test_no_process_of_the_shop_stumbled(shop: Shop) -> None:
    assert "Traceback" not in shop.log.read_text(errors="replace")
