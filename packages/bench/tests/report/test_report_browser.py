"""The page in a real browser, where one is found."""

import html
import json
import re
import shutil
import subprocess

import pytest
from report_results import RESULTS

from framestate.bench import report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# The page in a frame as wide as a phone: a window of a browser is never that narrow.
FRAME = """<!doctype html><meta charset="utf-8"><title>-</title>
<iframe id="f" style="width:{width}px;height:1900px;border:0" srcdoc="{page}"></iframe>
<script>{script}</script>"""
SCRIPT = """
const lightness = (color) => {
  const parts = color.match(/[\\d.]+/g).slice(0, 3).map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const ground = (node) => {
  for (let n = node; n; n = n.parentElement) {
    const color = getComputedStyle(n).backgroundColor;
    if (!color.endsWith(", 0)")) return color;
  }
  return "rgb(255, 255, 255)";
};
const contrast = (node) => {
  const a = lightness(getComputedStyle(node).color), b = lightness(ground(node));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
document.getElementById("f").onload = (event) => {
  const page = event.target.contentDocument, root = page.documentElement;
  page.querySelectorAll("details").forEach((e) => { e.open = true; });
  const all = [...page.querySelectorAll("body *")];
  const outside = all.filter((e) => !e.closest(".scroll, svg")
    && e.getBoundingClientRect().right > root.clientWidth + 0.5);
  const written = all.filter((e) => !e.closest("svg")
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  document.title = JSON.stringify({
    width: root.clientWidth,
    scroll: root.scrollWidth,
    outside: outside.map((e) => e.outerHTML.slice(0, 80)),
    faint: written.filter((e) => contrast(e) < 4.5).map((e) => e.outerHTML.slice(0, 80)),
    texts: written.length,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    ground: ground(page.body),
  });
};
"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser among {', '.join(BROWSERS)}")
    return found


def look(browser, tmp_path, page, *, width, dark=False):
    """What the browser sees of the page, and what it complains about."""
    frame = tmp_path / "frame.html"
    escaped = html.escape(page, quote=True)
    frame.write_text(FRAME.format(width=width, page=escaped, script=SCRIPT))
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1200,2000",
            "--enable-logging=stderr",
            "--v=0",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    title = re.search("<title>(.*?)</title>", done.stdout)[1]
    complaints = [words for words in done.stderr.splitlines() if "CONSOLE" in words]
    return json.loads(html.unescape(title)), complaints


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_the_page_without_scrolling_sideways(browser, tmp_path, dark):
    page = report.html(RESULTS)
    seen, complaints = look(browser, tmp_path, page, width=390, dark=dark)
    assert complaints == []
    assert seen["dark"] is dark
    assert (seen["ground"] == "rgb(255, 255, 255)") is not dark
    assert seen["width"] <= 390
    assert seen["scroll"] <= seen["width"]
    assert seen["outside"] == []
    assert seen["texts"] > 100
    assert seen["faint"] == []


def test_nothing_is_cut_off_on_paper(browser, tmp_path):
    # A4 less its margins is 688 pixels of 1/96 inch wide
    page = report.html(RESULTS).replace("@media print", "@media all")
    page = page.replace("overflow-x: auto", "overflow-x: visible")
    seen, complaints = look(browser, tmp_path, page, width=688)
    assert complaints == []
    assert seen["scroll"] <= seen["width"]


def test_a_page_that_is_too_wide_is_noticed(browser, tmp_path):
    wide = '<p style="width:600px;color:#ddd">wide</p><script>nothing()</script></main>'
    page = report.html(RESULTS).replace("</main>", wide)
    seen, complaints = look(browser, tmp_path, page, width=390)
    assert any("nothing is not defined" in words for words in complaints)
    assert seen["scroll"] > seen["width"]
    assert any("wide" in found for found in seen["outside"])
    assert any("wide" in found for found in seen["faint"])
