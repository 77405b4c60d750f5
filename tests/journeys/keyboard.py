"""Going through pages by keys alone: what cannot be reached by them is not there."""

from playwright.sync_api import Page

MOST_TABS = 150


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until something that matches has the focus, seen and not hidden behind a bar."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            assert _is_seen(page), f"{selector} has the focus behind something"
            return
    raise AssertionError(f"{selector} is not reached by Tab on {page.url}")


def press(page: Page, selector: str, key: str = "Enter") -> None:
    tab_to(page, selector)
    page.keyboard.press(key)


def type_into(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def choose(page: Page, name: str, value: str) -> None:
    """Arrow keys within a group of radios, as a screen reader's user does."""
    tab_to(page, f"input[type=radio][name={name}]")
    for _ in range(30):
        if page.evaluate("() => document.activeElement.value") == value:
            page.keyboard.press("Space")
            return
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"{name}={value} is not reached by the arrow keys on {page.url}")


def _is_seen(page: Page) -> bool:
    """The middle of what has the focus, or of its label, is on the screen and on top."""
    return bool(
        page.evaluate(
            """() => {
              const element = document.activeElement;
              const shown = [element, ...(element.labels ?? []), element.parentElement];
              return shown.some((part) => {
                const box = part.getBoundingClientRect();
                if (!box.width || !box.height) return false;
                const x = box.left + Math.min(box.width / 2, 40), y = box.top + box.height / 2;
                const top = document.elementFromPoint(x, y);
                return top && (part.contains(top) || top.contains(element));
              });
            }"""
        )
    )
