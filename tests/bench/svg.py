"""A plain line plot as SVG: several panels, both axes logarithmic, the names of the lines at the lower right."""
import dataclasses
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 34, 44
COLUMNS = 3
COLOURS = {'collector': '#0b6e4f', 'floor-gathered': '#8a8a8a', 'python': '#c1440e'}


@dataclasses.dataclass
class Panel:
    title: str
    across: str  # what the x axis is
    lines: dict  # name: [(x, y), …]


def ticks(low, high):
    """1, 2 and 5 of each decade within the range, and both ends' neighbours."""
    found = []
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        found += [step * 10 ** power for step in (1, 2, 5)]
    return [tick for tick in found if low <= tick <= high]


def span(values):
    """The range of an axis: a little more than the values take, and a factor of 4 at least."""
    low, high = min(values), max(values)
    room = max(1.15, 2 / math.sqrt(high / low))
    return low / room, high * room


def scale(low, high, begin, end):
    return lambda value: begin + (end - begin) * math.log(value / low) / math.log(high / low)


def text(x, y, words, anchor='middle', size=11):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def draw(panel):
    lines = {name: points for name, points in panel.lines.items() if points}
    points = [point for line in lines.values() for point in line]
    if not points:
        return ''
    low_x, high_x = span([x for x, _ in points])
    low_y, high_y = span([y for _, y in points])
    low_y /= 3  # the names of the lines stand there
    to_x = scale(low_x, high_x, LEFT, WIDTH - RIGHT)
    to_y = scale(low_y, high_y, HEIGHT - BOTTOM, TOP)
    out = [text(WIDTH / 2, 18, panel.title, size=13), text(WIDTH / 2, HEIGHT - 8, panel.across)]
    for tick in ticks(low_x, high_x):
        out.append(f'<path d="M{to_x(tick):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>')
        out.append(text(to_x(tick), HEIGHT - BOTTOM + 16, f'{tick:g}'))
    for tick in ticks(low_y, high_y):
        out.append(f'<path d="M{LEFT} {to_y(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        out.append(text(LEFT - 6, to_y(tick) + 4, f'{tick:g}', 'end'))
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS.get(name, '#333')
        path = 'L'.join(f'{to_x(x):.1f} {to_y(y):.1f}' for x, y in line)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{to_x(x):.1f}" cy="{to_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        below = HEIGHT - BOTTOM - 8 - 14 * (len(lines) - 1 - number)
        out.append(f'<g fill="{colour}">{text(WIDTH - RIGHT - 6, below, name, "end")}</g>')
    return '\n'.join(out)


def figure(panels):
    rows = math.ceil(len(panels) / COLUMNS)
    placed = [
        f'<g transform="translate({number % COLUMNS * WIDTH} {number // COLUMNS * HEIGHT})">{draw(panel)}</g>'
        for number, panel in enumerate(panels)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}" '
            'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n' + '\n'.join(placed) + '\n</svg>\n')
