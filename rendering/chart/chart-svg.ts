import { type EChartsOption, init } from 'echarts';

/** What a chart shows: each series has a value for each category; null leaves a gap. */
export interface ChartValues {
  kind: 'bar' | 'line' | 'pie';
  categories: string[];
  /** Of a pie the first one. */
  series: {
    name: string;
    values: (number | null)[] /** Measured by the axis at the right: another unit than the others'. */;
    right?: true;
  }[];
  /** The name of what a pie has no room for. */
  rest: string;
}

/** How large it is, and in which font its texts are. */
export interface ChartLook {
  width: number;
  height: number;
  fontFamily: string;
}

/** Slices of a pie at most; the smallest are put together. */
const SLICES = 10;
/** Categories of which each has its name on the axis; of more, as many as fit. */
const LABELS = 12;

/** Colours that people tell apart who see colours otherwise, after Okabe and Ito. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#666666', '#a6761d', '#7570b3', '#b0b0b0'];

/** Draws a chart as SVG without script, style sheet or animation: the same values give the same text. */
export function chartSvg(values: ChartValues, look: ChartLook): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: look.width, height: look.height });
  try {
    chart.setOption({
      animation: false,
      color: colours,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: look.fontFamily, color: '#222222', fontSize: 12 },
      ...(values.kind === 'pie' ? pieOf(values, look) : axesOf(values, look)),
    });
    return plain(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** Without the styles of a pointer over a shape, and the names that they need: those count all shapes of the program. */
function plain(svg: string): string {
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>/gu, '')
    .replace(/ (?:class="zr[^"]*"|ecmeta_\w+="[^"]*")/gu, '')
    .replace(/\bzr\d+-/gu, 'zr-');
}

function axesOf({ kind, categories, series }: ChartValues, look: ChartLook): EChartsOption {
  const label = { fontFamily: look.fontFamily, color: '#222222' };
  const crowded = categories.length > LABELS;
  return {
    grid: { left: 16, right: 16, top: series.length > 1 ? 40 : 20, bottom: 8, containLabel: true },
    ...(series.length > 1 ? { legend: { top: 4, textStyle: label, data: series.map(({ name }) => name) } } : {}),
    xAxis: {
      type: 'category',
      data: categories,
      axisLabel: { ...label, ...(crowded ? { rotate: 45 } : { interval: 0 }), width: 110, overflow: 'truncate' },
      axisLine: { lineStyle: { color: '#666666' } },
    },
    yAxis: extentsOf(series).map((extent, index) => ({
      type: 'value' as const,
      axisLabel: { ...label, ...(extent === undefined ? {} : { showMinLabel: false, showMaxLabel: false }) },
      splitLine: index === 0 ? { lineStyle: { color: '#dddddd' } } : { show: false },
      ...extent,
    })),
    series: series.map(({ name, values, right }) => ({
      type: kind === 'line' ? 'line' : 'bar',
      name,
      yAxisIndex: right ? 1 : 0,
      data: values.map((value) => value ?? '-'),
      barMaxWidth: 48,
      emphasis: { disabled: true },
    })),
  };
}

/** From where to where each axis goes: two axes, of which one has values below zero, have their zeros at one height. */
function extentsOf(series: ChartValues['series']): ({ min: number; max: number } | undefined)[] {
  const sides = [series.filter(({ right }) => right !== true), series.filter(({ right }) => right === true)].filter(
    (side) => side.length > 0,
  );
  const extents = sides.map((side) => {
    const numbers = side.flatMap(({ values }) => values.map((value) => value ?? 0));
    return { min: Math.min(0, ...numbers), max: Math.max(0, ...numbers) };
  });
  if (extents.length < 2 || extents.every(({ min }) => min === 0)) return extents.map(() => undefined);
  const below = Math.max(...extents.map(({ min, max }) => (max === min ? 0 : -min / (max - min))));
  return extents.map(({ min, max }) => {
    if (below === 1) return { min: min || -1, max: 0 };
    const wanted = (-max * below) / (1 - below);
    return wanted <= min ? { min: short(wanted), max: short(max) } : { min: short(min), max: short((-min * (1 - below)) / below) };
  });
}

/** Few digits, and a little room: the ends of an axis take room for their labels also where these are not shown. */
function short(end: number): number {
  return Number((end * 1.01).toPrecision(3));
}

function pieOf({ categories, series, rest }: ChartValues, look: ChartLook): EChartsOption {
  const slices = categories
    .map((name, index) => ({ name, value: Math.max(0, series[0]?.values[index] ?? 0) }))
    .sort((a, b) => b.value - a.value);
  const shown = slices.length > SLICES ? slices.slice(0, SLICES - 1) : slices;
  const others = slices.slice(shown.length).reduce((sum, { value }) => sum + value, 0);
  return {
    series: [
      {
        type: 'pie',
        radius: ['0%', '68%'],
        center: ['50%', '52%'],
        data: others > 0 ? [...shown, { name: rest, value: others }] : shown,
        label: {
          fontFamily: look.fontFamily,
          color: '#222222',
          formatter: ({ name, percent = 0 }: { name: string; percent?: number }) => `${shortened(name)}  ${percent.toFixed(1)}%`,
        },
        emphasis: { disabled: true },
      },
    ],
  };
}

/** Letters of the name of a slice. */
const NAME_LENGTH = 9;

function shortened(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
}
