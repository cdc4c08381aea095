import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { layoutProcess } from '../../engine/interchange/bpmn/export';
import type { Bounds, Layout } from '../../engine/interchange/bpmn/layout';
import { textWidth, wrapText } from '../../engine/interchange/bpmn/layout-text';
import { svgOf } from '../../engine/interchange/bpmn/svg';
import { readXml } from '../../engine/interchange/bpmn/xml';
import { arrangeBoxes } from '../../server/arrange-diagram';
import { everything } from './everything';
import { examples, patterns, shipped } from './samples';

const folder = path.join(__dirname, '..', '..', 'docs', 'diagrams');
const all = [...shipped, ...patterns, ...examples, everything];

describe('docs/diagrams', () => {
  it.each(['en', 'zh'] as const)(
    'has the processes that are shipped, as "neiqin export --svg --lang %s -o <folder>" draws them',
    async (language) => {
      const place = language === 'en' ? folder : path.join(folder, language);
      expect(readdirSync(place).filter((file) => file.endsWith('.svg'))).toEqual(shipped.map(({ id }) => `${id}.svg`).sort());
      for (const { id, source } of shipped) {
        const layout = await layoutProcess({ ...source, language }, arrangeBoxes);
        expect(svgOf(layout, source.model.title[language])).toBe(readFileSync(path.join(place, `${id}.svg`), 'utf8'));
      }
    },
    120_000,
  );
});

describe('a diagram', () => {
  const layouts = new Map<string, Layout>();

  beforeAll(async () => {
    for (const { name, id, source } of all) {
      layouts.set(`${name} ${id}`, await layoutProcess(source, arrangeBoxes));
      if (source === everything.source || shipped.some((one) => one.source === source))
        layouts.set(`${name} ${id} in lanes`, await layoutProcess({ ...source, lanes: true }, arrangeBoxes));
    }
  }, 300_000);

  it('has nothing that lies over something else, but boundary events and what a sub-process holds', () => {
    const over = [...layouts].flatMap(([name, { shapes }]) =>
      shapes.flatMap(({ shape, bounds, label }, index) =>
        shapes.slice(index + 1).flatMap((other) => {
          const beside = shape.parent === other.shape.parent;
          if (!beside || other.shape.attachedTo === shape.id || shape.attachedTo === other.shape.id) return [];
          const covered =
            meet(bounds, other.bounds) || (label !== undefined && shape.kind !== 'subProcess' && meet(label.bounds, other.bounds));
          return covered ? [`${name}: ${shape.id} over ${other.shape.id}`] : [];
        }),
      ),
    );
    expect(layouts.size).toBeGreaterThan(100);
    expect(over).toEqual([]);
  });

  it('has lines that are horizontal or vertical, from the border of one shape to that of another', () => {
    const wrong = [...layouts].flatMap(([name, { shapes, flows }]) => {
      const bounds = new Map(shapes.map((placed) => [placed.shape.id, placed.bounds]));
      return flows.flatMap(({ flow, points }) => {
        const slanted = points.some((point, index) => index > 0 && point.x !== points[index - 1]?.x && point.y !== points[index - 1]?.y);
        const loose = !touches(bounds.get(flow.from), points[0]) || !touches(bounds.get(flow.to), points.at(-1));
        return slanted || loose ? [`${name}: ${flow.id} ${JSON.stringify(points)}`] : [];
      });
    });
    expect(wrong).toEqual([]);
  });

  it('has everything inside of its sub-process and of the paper', () => {
    const out = [...layouts].flatMap(([name, { width, height, shapes }]) =>
      shapes.flatMap(({ shape, bounds }) => {
        const around = shapes.find((other) => other.shape.id === shape.parent)?.bounds ?? { x: 0, y: 0, width, height };
        const inside = bounds.x >= around.x && bounds.y >= around.y && right(bounds) <= right(around) && bottom(bounds) <= bottom(around);
        return inside ? [] : [`${name}: ${shape.id}`];
      }),
    );
    expect(out).toEqual([]);
  });

  it('has lanes without gaps from the top of the pool to its end, each around its own steps', () => {
    const pools = [...layouts].flatMap(([name, { pool, shapes }]) => (pool === undefined ? [] : [{ name, pool, shapes }]));
    expect(pools.length).toBeGreaterThan(15);
    const wrong = pools.flatMap(({ name, pool, shapes }) => {
      const edges = [pool.bounds.y, ...pool.lanes.map(({ bounds }) => bottom(bounds))];
      const joined = pool.lanes.every(({ bounds }, index) => bounds.y === edges[index]) && edges.at(-1) === bottom(pool.bounds);
      const placed = pool.lanes.flatMap(({ lane, bounds }) =>
        shapes.filter(({ shape, bounds: own }) => lane.nodes.includes(shape.id) && (own.y < bounds.y || bottom(own) > bottom(bounds))),
      );
      const held = pool.lanes.flatMap(({ lane }) => lane.nodes);
      const all = shapes.filter(({ shape }) => shape.parent === undefined).length === held.length;
      return joined && all && placed.length === 0 ? [] : [`${name} ${placed.map(({ shape }) => shape.id)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('is a picture of well-formed XML with a title and a description, whatever its texts hold', () => {
    const { source } = everything;
    const layout = layouts.get('everything everything') as Layout;
    const shapes = layout.shapes.map((placed) => ({ ...placed, shape: { ...placed.shape, name: `${placed.shape.name}<&">` } }));
    const read = readXml(svgOf({ ...layout, shapes }, `<${source.model.title.zh}>`));
    expect(read.ok && read.root.children.slice(0, 2).map(({ name, text }) => [name, text.slice(0, 7)])).toEqual([
      ['title', '<包罗万象>'],
      ['desc', expect.any(String)],
    ]);
  });
});

describe('names in a diagram', () => {
  it('are broken between words and between Chinese characters, and end with an ellipsis where there are too many', () => {
    expect(wrapText('审核销售订单并通知销售顾问', 72, 3)).toEqual(['审核销售订单', '并通知销售顾', '问']);
    expect(wrapText('tell the ship time to everybody', 60, 2)).toEqual(['tell the', 'ship tim…']);
    for (const line of wrapText('shipTime.transportNeeded and more_of_it', 80, 9)) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });
});

function meet(a: Bounds, b: Bounds): boolean {
  return a.x < right(b) && b.x < right(a) && a.y < bottom(b) && b.y < bottom(a);
}

function right({ x, width }: Bounds): number {
  return x + width;
}

function bottom({ y, height }: Bounds): number {
  return y + height;
}

function touches(bounds: Bounds | undefined, point: { x: number; y: number } | undefined): boolean {
  if (bounds === undefined || point === undefined) return false;
  const sides = [bounds.x, right(bounds)].some((x) => Math.abs(x - point.x) <= 1) && point.y >= bounds.y && point.y <= bottom(bounds);
  return sides || (Math.abs(bottom(bounds) - point.y) <= 1 && point.x > bounds.x && point.x < right(bounds));
}
