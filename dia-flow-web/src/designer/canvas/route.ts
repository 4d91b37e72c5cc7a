/** A place of the canvas. */
export interface Point {
  x: number;
  y: number;
}

/** A card on the canvas. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Ends {
  from: Point;
  to: Point;
  /** The cards that it leads from and to, where they are such: the label covers neither. */
  source?: Rect | undefined;
  target?: Rect | undefined;
  /** Whether the edge comes in from above, as those that mean a mere wait do. */
  above?: boolean;
  /** Ways of different lanes do not lie on each other where they go through the same gap. */
  lane?: number;
  /** Labels of different places do not lie on each other where their edges go the same way around cards. */
  place?: number;
}

export interface Route {
  path: string;
  /** Where the label stands, without covering a card. */
  label: Point;
}

/** How far a line keeps from a card beside it, and from one above or below it. */
const BESIDE = 16;
const OVER = 14;

/** A line that is as near to a card as this runs through it. */
const TOUCH = 4;

/** Half the size of a label with a count. */
const LABEL = { x: 22, y: 11 };

/** How far above a card a line ends that comes in from above, and how far to the left. */
const DROP = { x: 32, y: 30 };

/** How far lanes are apart, and how many there are. */
const LANE = 7;
const LANES = 3;

/** Where on the way the label stands, by its place. */
const PLACES = [0.5, 0.4, 0.6, 0.3, 0.7];

/**
 * The way of an edge around the cards that lie between its ends: a curve where that is free, and else from column to
 * column of cards through a gap in each. The first cards are those that the curve touches; others join them as the way
 * that was found touches them. An edge that leads back is left to its curve.
 */
export function route(ends: Ends, between: readonly Rect[]): Route {
  const { from, to, source, target, above, place = 0 } = ends;
  let way = curve(ends);
  let part = 0.5;
  if (to.x > from.x) {
    // What comes in from above could run through the card on which it ends.
    const below = above && target ? [{ ...target, top: target.top + 2 * TOUCH }] : [];
    const cards = [...between, ...below];
    const met = new Set<Rect>();
    for (let rest = cards.length; rest > 0; rest--) {
      const next = cards.filter((card) => !met.has(card) && touches(way.points, card));
      if (next.length === 0) break;
      for (const card of next) met.add(card);
      way = around(ends, [...met]);
      part = PLACES[place % PLACES.length] ?? part;
    }
  }
  const covered = [...between, source, target].filter((card) => card !== undefined);
  return { path: way.path, label: labelOf(way.points, part, covered) };
}

interface Way {
  path: string;
  /** Close enough to each other that no card fits between. */
  points: Point[];
}

/** As far as the handles of a curve reach from its ends; those of React Flow, so that all edges look alike. */
const reach = (distance: number) =>
  distance >= 0 ? distance / 2 : 0.25 * 25 * Math.sqrt(-distance);

function curve({ from, to, above }: Ends): Way {
  const c1 = { x: from.x + reach(to.x - from.x), y: from.y };
  const c2 = above
    ? { x: to.x, y: to.y - reach(to.y - from.y) }
    : { x: to.x - reach(to.x - from.x), y: to.y };
  return {
    path: `M${text(from)} ${cubic(c1, c2, to)}`,
    points: [from, ...bezier(from, c1, c2, to)],
  };
}

function around(ends: Ends, met: readonly Rect[]): Way {
  const { from, above, lane = 0 } = ends;
  const to = above ? { x: ends.to.x - DROP.x, y: ends.to.y - DROP.y } : ends.to;
  const columns = columnsOf(met, from.x, to.x);
  const heights = passes(columns, from.y, to.y, (lane % LANES) * LANE);
  let path = `M${text(from)}`;
  const points: Point[] = [from];
  let at = from;
  const swing = (next: Point) => {
    const middle = (at.x + next.x) / 2;
    const c1 = { x: middle, y: at.y };
    const c2 = { x: middle, y: next.y };
    path += ` ${cubic(c1, c2, next)}`;
    points.push(...bezier(at, c1, c2, next));
    at = next;
  };
  for (const [i, column] of columns.entries()) {
    const y = heights[i] ?? from.y;
    swing({ x: column.left, y });
    const end = { x: column.right, y };
    path += ` L${text(end)}`;
    points.push(...line(at, end));
    at = end;
  }
  swing(to);
  if (above) {
    const c1 = { x: ends.to.x, y: to.y };
    path += ` ${cubic(c1, c1, ends.to)}`;
    points.push(...bezier(at, c1, c1, ends.to));
  }
  return { path, points };
}

interface Column {
  left: number;
  right: number;
  cards: Rect[];
}

/** Cards that stand above each other, from left to right, within what lies between the ends. */
function columnsOf(cards: readonly Rect[], from: number, to: number): Column[] {
  const columns: Column[] = [];
  for (const card of [...cards].sort((a, b) => a.left - b.left)) {
    const left = card.left - BESIDE;
    const right = card.right + BESIDE;
    const last = columns.at(-1);
    if (last && left < last.right) {
      last.right = Math.max(last.right, right);
      last.cards.push(card);
    } else {
      columns.push({ left, right, cards: [card] });
    }
  }
  // A card that reaches beyond an end leaves little room to turn beside it.
  const room = Math.min(8, (to - from) / 4);
  for (const column of columns) {
    column.left = Math.min(Math.max(column.left, from + room), to - room);
    column.right = Math.max(Math.min(column.right, to - room), column.left);
  }
  return columns;
}

/** The height at which each column is passed, so that the line goes up and down as little as it can. */
function passes(columns: readonly Column[], from: number, to: number, shift: number): number[] {
  let best = [{ y: from, cost: 0, taken: [] as number[] }];
  for (const [i, column] of columns.entries()) {
    const straight = from + ((to - from) * (i + 1)) / (columns.length + 1);
    const candidates = gaps(column.cards).flatMap(([top, bottom]) =>
      [from, straight, to].map((y) => {
        if (y < top) return Math.min(top + shift, bottom);
        if (y > bottom) return Math.max(bottom - shift, top);
        return y;
      }),
    );
    best = [...new Set(candidates)].map((y) => {
      const ways = best.map((way) => ({ ...way, cost: way.cost + Math.abs(way.y - y) }));
      const way = ways.reduce((a, b) => (b.cost < a.cost ? b : a));
      return { y, cost: way.cost, taken: [...way.taken, y] };
    });
  }
  return best.reduce((a, b) => (b.cost + Math.abs(b.y - to) < a.cost + Math.abs(a.y - to) ? b : a))
    .taken;
}

/** The room above, between and below the cards of a column, from the top. */
function gaps(cards: readonly Rect[]): [number, number][] {
  const found: [number, number][] = [];
  let top = Number.NEGATIVE_INFINITY;
  for (const card of [...cards].sort((a, b) => a.top - b.top)) {
    if (card.top - OVER >= top) found.push([top, card.top - OVER]);
    top = Math.max(top, card.bottom + OVER);
  }
  return [...found, [top, Number.POSITIVE_INFINITY]];
}

/** The place on a way that is as near as can be to a part of it and covers no card. */
function labelOf(points: readonly Point[], part: number, cards: readonly Rect[]): Point {
  const lengths = [0];
  for (const [i, point] of points.entries()) {
    const before = points[i - 1];
    if (before) {
      lengths.push((lengths[i - 1] ?? 0) + Math.hypot(point.x - before.x, point.y - before.y));
    }
  }
  const wanted = (lengths.at(-1) ?? 0) * part;
  const byDistance = points
    .map((point, i) => ({ point, far: Math.abs((lengths[i] ?? 0) - wanted) }))
    .sort((a, b) => a.far - b.far);
  const free = byDistance.find(({ point }) => !cards.some((card) => covers(point, card)));
  return (free ?? byDistance[0])?.point ?? { x: 0, y: 0 };
}

const covers = ({ x, y }: Point, card: Rect) =>
  x + LABEL.x > card.left &&
  x - LABEL.x < card.right &&
  y + LABEL.y > card.top &&
  y - LABEL.y < card.bottom;

const touches = (points: readonly Point[], card: Rect) =>
  points.some(
    ({ x, y }) =>
      x > card.left - TOUCH &&
      x < card.right + TOUCH &&
      y > card.top - TOUCH &&
      y < card.bottom + TOUCH,
  );

/** How far the points of a way are apart, at most. */
const STEP = 8;

function line(from: Point, to: Point): Point[] {
  const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP));
  return Array.from({ length: count }, (_, i) => {
    const part = (i + 1) / count;
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  });
}

function bezier(p0: Point, p1: Point, p2: Point, p3: Point): Point[] {
  const size = [p0, p1, p2].reduce((sum, p, i) => {
    const next = [p1, p2, p3][i] ?? p;
    return sum + Math.hypot(next.x - p.x, next.y - p.y);
  }, 0);
  const count = Math.max(8, Math.ceil(size / STEP));
  const at = (t: number, a: number, b: number, c: number, d: number) =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
  return Array.from({ length: count }, (_, i) => {
    const t = (i + 1) / count;
    return { x: at(t, p0.x, p1.x, p2.x, p3.x), y: at(t, p0.y, p1.y, p2.y, p3.y) };
  });
}

const text = ({ x, y }: Point) => `${round(x)},${round(y)}`;
const cubic = (c1: Point, c2: Point, to: Point) => `C${text(c1)} ${text(c2)} ${text(to)}`;
const round = (n: number) => Math.round(n * 100) / 100;
