"""The HTML picture in a real browser: opened, zoomed, dragged, and its blocks and findings clicked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

ROOT = Path(__file__).resolve().parents[1]
NETS = ROOT / "tests" / "pictures" / "nets.py"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1200,900",
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="needs chromium and chromedriver (apt-get install chromium-driver)",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Chrome:
    file = tmp_path / "net.html"
    command = [sys.executable, "-m", "orderlint", "graph", str(NETS), "--entry", "Dense(0.2)"]
    subprocess.run([*command, "--format", "html", "--depth", "1", "--output", str(file)], check=True)
    assert "http://" not in file.read_text().replace("http://www.w3.org/", "")
    assert "https://" not in file.read_text()
    browser.get(file.as_uri())
    return browser


def count(page: Chrome, selector: str) -> int:
    return len(page.find_elements("css selector", selector))


def transform(page: Chrome) -> str | None:
    return page.find_element("id", "drawing").get_attribute("transform")


def test_nothing_goes_wrong_on_opening(page: Chrome) -> None:
    assert page.title == "Dense(0.2) · orderlint"
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []
    texts = [text.text for text in page.find_elements("css selector", "#view text")]
    assert "+ blocks.0 … 3 ×4" in texts


def test_a_click_opens_a_block_and_another_closes_it(page: Chrome) -> None:
    layers = count(page, ".layer")
    page.find_element("css selector", ".closed").click()
    assert count(page, ".layer") > layers
    assert count(page, ".loop") == 1
    page.find_element("css selector", ".block .head").click()
    assert count(page, ".layer") == layers


def test_all_blocks_at_once(page: Chrome) -> None:
    page.find_element("id", "open").click()
    assert count(page, ".closed") == 0
    page.find_element("id", "close").click()
    assert count(page, ".open") == 0


def test_zoom_and_pan(page: Chrome) -> None:
    from selenium.webdriver import ActionChains

    before = transform(page)
    page.find_element("id", "in").click()
    zoomed = transform(page)
    assert zoomed != before
    view = page.find_element("id", "view")
    ActionChains(page).move_to_element_with_offset(view, -300, 200).click_and_hold().move_by_offset(
        40, 30
    ).release().perform()
    panned = transform(page)
    assert panned != zoomed
    page.find_element("id", "fit").click()
    assert transform(page) == before


def test_a_finding_is_gone_to(page: Chrome) -> None:
    entry = page.find_element("css selector", ".finding")
    assert "OL101 warning" in entry.text
    entry.click()
    assert entry.get_attribute("aria-pressed") == "true"
    marked = page.find_elements("css selector", ".layer.on rect")
    assert marked
    assert count(page, ".edge.on") > 0
    room = page.find_element("id", "view").rect
    assert 0 < marked[0].rect["y"] < room["y"] + room["height"]
