"""Draws bars as an SVG that can be read on light and on dark pages."""

from html import escape

WIDTH = 1000
LEFT = 206  # of the first bar, behind the names
VALUE = 122  # for the words behind a bar
PITCH = 19  # from bar to bar
BAR = 13
TOP = 54  # of a section, for its title and the titles of its panels

BEGIN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<style>
.page {{ fill: #ffffff }} text {{ font: 12px sans-serif; fill: #1f2328 }}
.title {{ font-size: 16px; font-weight: 600 }} .panel {{ font-size: 13px; font-weight: 600 }}
.own {{ fill: #0969da }} .other {{ fill: #afb8c1 }} .floor {{ fill: #8bc99a }}
@media (prefers-color-scheme: dark) {{
.page {{ fill: #0d1117 }} text {{ fill: #f0f6fc }}
.own {{ fill: #4493f8 }} .other {{ fill: #656c76 }} .floor {{ fill: #2f6f3e }} }}
</style>
<rect class="page" width="{width}" height="{height}"/>"""


def text(x, y, words, kind="value", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def draw_panel(x, top, title, unit, values, scale):
    """Draws a bar for each of VALUES, with its value and its multiple of the first one behind it."""
    yield text(x, top - 7, title, "panel")
    first = next(iter(values.values()))
    for number, (name, value) in enumerate(values.items()):
        y = top + number * PITCH
        kind = "own" if name.startswith("stepdown") else "floor" if name == "floor" else "other"
        yield f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{value * scale:.1f}" height="{BAR}"/>'
        shown = f"{value:.2f}" if unit == "s" else f"{value:.0f}"
        yield text(x + value * scale + 5, y + BAR - 2, f"{shown} {unit}, {value / first:.1f}×")


def draw_section(top, title, unit, panels):
    """Draws PANELS, which are values by names by titles, beside each other and in one scale."""
    width = (WIDTH - LEFT) / len(panels)
    scale = (width - VALUE) / max(value for values in panels.values() for value in values.values())
    yield text(12, top + 20, title, "title")
    for number, name in enumerate(next(iter(panels.values()))):
        yield text(LEFT - 8, top + TOP + number * PITCH + BAR - 2, name, anchor="end")
    for number, (panel, values) in enumerate(panels.items()):
        yield from draw_panel(LEFT + number * width, top + TOP, panel, unit, values, scale)


def draw(sections):
    """Returns the SVG of SECTIONS, each a title, a unit and its panels."""
    lines = []
    top = 0
    for title, unit, panels in sections:
        lines += draw_section(top, title, unit, panels)
        top += TOP + len(next(iter(panels.values()))) * PITCH + 30
    lines.append(text(12, top + 4, "Behind each bar: its length, and its multiple of stepdown's. Green: the floor."))
    return "\n".join([BEGIN.format(width=WIDTH, height=top + 20), *lines, "</svg>\n"])
