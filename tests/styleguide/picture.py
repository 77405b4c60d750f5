"""A picture of a component that two machines agree on: where each box stands, what it is coloured, and the whole in
coarse greys. Letters differ from machine to machine, so no pixel of theirs is kept.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

FOLDER = Path(__file__).parent / "pictures"

BOX_PX = 3
"""How far an edge may be off: hinting, and a scroll bar's hair."""
GREY = 26
"""How far a cell of the coarse picture may be off, of 255."""
CELLS_OFF = 0.02
"""The share of cells that may be off further than that."""
CELL_PX = 16

MEASURED = """
(root) => {
  const origin = root.getBoundingClientRect();
  const seen = [];
  const look = (element, depth) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (style.display === "none" || box.width < 2 || box.height < 2) return;
    const name = "·".repeat(depth) + [element.localName, ...[...element.classList].sort()].join(".");
    const at = [box.x - origin.x, box.y - origin.y, box.width, box.height].map(Math.round);
    const painted = (name, otherwise) => style[name] === otherwise ? "" : `${name} ${style[name]}`;
    const look_of = [
      `color ${style.color}`,
      painted("backgroundColor", "rgba(0, 0, 0, 0)"),
      parseFloat(style.borderBlockStartWidth) ? `border ${style.borderBlockStartWidth} ${style.borderBlockStartColor}` : "",
      painted("borderStartStartRadius", "0px"),
      painted("boxShadow", "none"),
      element.localName === "svg" || element.closest("svg") ? `${style.fill} ${style.stroke}` : "",
      `${style.fontSize} ${style.fontWeight}`,
    ].filter(Boolean).join("; ");
    seen.push([name, at, look_of]);
    if (element.localName !== "svg") for (const child of element.children) look(child, depth + 1);
  };
  for (const child of root.children) look(child, 0);
  return seen;
}
"""

GREYS = """
async ([picture, cell]) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
  const width = Math.ceil(bitmap.width / cell), height = Math.ceil(bitmap.height / cell);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  const rows = [];
  for (let y = 0; y < height; y++) {
    let row = "";
    for (let x = 0; x < width; x++) {
      const { data } = pen.getImageData(x * cell, y * cell, Math.min(cell, bitmap.width - x * cell), Math.min(cell, bitmap.height - y * cell));
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) sum += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
      row += Math.round(sum / (data.length / 4)).toString(16).padStart(2, "0");
    }
    rows.push(row);
  }
  return rows;
}
"""


@dataclass(frozen=True)
class Picture:
    boxes: list[tuple[str, list[int]]]
    looks: list[str]
    greys: list[str]


def taken_of(component: Locator, darkroom: Page) -> Picture:
    measured: list[tuple[str, list[int], str]] = component.evaluate(MEASURED)
    pixels = base64.b64encode(component.screenshot(animations="disabled")).decode()
    greys: list[str] = darkroom.evaluate(GREYS, [pixels, CELL_PX])
    return Picture([(name, at) for name, at, _ in measured], [look for _, _, look in measured], greys)


def differences(kept: Picture, taken: Picture) -> list[str]:
    """In words; empty when the two are one picture."""
    names = [name for name, _ in kept.boxes], [name for name, _ in taken.boxes]
    if names[0] != names[1]:
        first = next((pair for pair in zip(*names, strict=False) if pair[0] != pair[1]), None)
        return [
            f"another structure: {len(names[0])} boxes were kept, {len(names[1])} are there; first at {first}"
        ]
    found = []
    for (name, was), (_, at), had, has in zip(kept.boxes, taken.boxes, kept.looks, taken.looks, strict=True):
        if any(abs(before - now) > BOX_PX for before, now in zip(was, at, strict=True)):
            found.append(f"{name.lstrip('·')}: stood at {was}, stands at {at}")
        if had != has:
            found.append(f"{name.lstrip('·')}: looked {had!r}, looks {has!r}")
    return found or _greys_apart(kept.greys, taken.greys)


def _greys_apart(kept: list[str], taken: list[str]) -> list[str]:
    before, now = _cells(kept), _cells(taken)
    pairs = [(before[at], now[at]) for at in before.keys() & now.keys()]
    off = sum(abs(was - is_) > GREY for was, is_ in pairs)
    if off > CELLS_OFF * len(pairs):
        return [f"{off} of {len(pairs)} cells of the coarse picture are lighter or darker than they were"]
    return []


def _cells(rows: list[str]) -> dict[tuple[int, int], int]:
    return {
        (y, x): int(row[2 * x : 2 * x + 2], 16) for y, row in enumerate(rows) for x in range(len(row) // 2)
    }


def keep(name: str, picture: Picture) -> None:
    """A line a box: looks that repeat are numbered."""
    numbers = {look: number for number, look in enumerate(dict.fromkeys(picture.looks))}
    written: dict[str, Any] = {
        "looks": list(numbers),
        "boxes": [
            f"{box} {' '.join(map(str, at))} {numbers[look]}"
            for (box, at), look in zip(picture.boxes, picture.looks, strict=True)
        ],
        "greys": picture.greys,
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(written, ensure_ascii=False, indent=0) + "\n")


def kept(name: str) -> Picture | None:
    file = FOLDER / f"{name}.json"
    if not file.exists():
        return None
    read = json.loads(file.read_text())
    boxes, looks = [], []
    for line in read["boxes"]:
        box, *numbers = line.split(" ")
        boxes.append((box, [int(number) for number in numbers[:4]]))
        looks.append(read["looks"][int(numbers[4])])
    return Picture(boxes, looks, read["greys"])
