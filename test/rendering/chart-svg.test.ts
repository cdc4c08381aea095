import { chartSvg } from '../../rendering/chart/chart-svg';

const look = { width: 600, height: 300, fontFamily: 'Noto' };

/** The heights at which the labels of both axes stand, by their texts. */
function labels(svg: string): [string, number][] {
  return [...svg.matchAll(/<text[^>]*translate\([\d.]+ ([\d.]+)\)[^>]*>([^<]*)<\/text>/gu)].map(([, y, text = '']) => [text, Number(y)]);
}

it('[L25.9] has the zeros of two axes at one height where values are below zero', () => {
  const series = [
    { name: '金额', values: [3_000_000, -1_500_000] },
    { name: '台数', values: [12, 3], right: true as const },
  ];
  const zeros = labels(chartSvg({ kind: 'bar', categories: ['a', 'b'], series, rest: '' }, look)).filter(([text]) => text === '0');
  expect(zeros).toHaveLength(2);
  expect(Math.abs((zeros[0]?.[1] ?? 0) - (zeros[1]?.[1] ?? 99))).toBeLessThan(1.5);
});

it('[L25.9] puts the smallest slices of a pie together beyond ten', () => {
  const categories = Array.from({ length: 14 }, (_, index) => `品牌${index}`);
  const values = categories.map((_, index) => 100 - index);
  const texts = labels(chartSvg({ kind: 'pie', categories, series: [{ name: '台数', values }], rest: '其他' }, look)).map(([text]) => text);
  expect(texts).toHaveLength(10);
  expect(texts.some((text) => text.startsWith('其他  '))).toBe(true);
});

it('[L25.9] shows names as texts, whatever they hold', () => {
  const svg = chartSvg(
    {
      kind: 'bar',
      categories: ['<script>alert(1)</script>', '" onload="x', ' class="zr0-x"'],
      series: [{ name: '"', values: [1, 2, 3] }],
      rest: '',
    },
    look,
  );
  expect(svg).not.toMatch(/<script|onload="|<style/u);
  expect(chartSvg({ kind: 'line', categories: ['a'], series: [{ name: 'x', values: [null] }], rest: '' }, look)).toContain('<svg');
});
