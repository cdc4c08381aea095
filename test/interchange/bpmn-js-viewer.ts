import { readFileSync } from 'node:fs';
import { Window } from 'happy-dom';

/** What `importXML` of bpmn-js tells, and what it made. */
export interface ViewerResult {
  warnings: string[];
  /** Shapes and connections that it has. */
  shapes: number;
  svg: string;
}

interface Viewer {
  importXML(xml: string): Promise<{ warnings: { message: string }[] }>;
  saveSVG(): Promise<{ svg: string }>;
  get(service: 'elementRegistry'): { getAll(): unknown[] };
  destroy(): void;
}

type ViewerClass = new (options: { container: unknown }) => Viewer;

/** What a document without a screen cannot know: where things are. All matrices are the same one. */
class Matrix {
  readonly a = 1;
  readonly d = 1;
  readonly b = 0;
  readonly c = 0;
  readonly e = 0;
  readonly f = 0;
  inverse = (): Matrix => this;
  multiply = (): Matrix => this;
  translate = (): Matrix => this;
  scale = (): Matrix => this;
  rotate = (): Matrix => this;
}

function browser(): Window {
  const window = new Window({ url: 'http://localhost/' });
  const transforms = { baseVal: { numberOfItems: 0, consolidate: () => null, clear() {}, appendItem() {}, initialize() {} } };
  const transform = { setMatrix() {}, setTranslate() {}, setRotate() {}, setScale() {} };
  Object.assign(window, { SVGMatrix: Matrix });
  const { SVGElement, SVGGraphicsElement, SVGSVGElement, SVGGElement, HTMLCanvasElement } = window;
  Object.assign(SVGElement.prototype, {
    getBBox: () => ({ x: 0, y: 0, width: 10, height: 10 }),
    getScreenCTM: () => new Matrix(),
    getCTM: () => new Matrix(),
  });
  for (const { prototype } of [SVGElement, SVGGraphicsElement, SVGSVGElement, SVGGElement]) {
    Object.defineProperty(prototype, 'transform', { configurable: true, get: () => transforms });
  }
  Object.assign(SVGSVGElement.prototype, {
    createSVGMatrix: () => new Matrix(),
    createSVGTransformFromMatrix: () => transform,
    createSVGTransform: () => transform,
  });
  Object.assign(HTMLCanvasElement.prototype, { getContext: () => ({ measureText: (text: string) => ({ width: text.length * 7 }) }) });
  return window;
}

const globals = ['document', 'window', 'SVGMatrix', 'navigator', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Event'] as const;

function load(window: Window): ViewerClass {
  const code = readFileSync(require.resolve('bpmn-js/dist/bpmn-viewer.development.js'), 'utf8');
  const module = { exports: {} as unknown };
  const values = globals.map((name) => (name === 'window' ? window : (window as unknown as Record<string, unknown>)[name]));
  const run = new Function(...globals, 'globalThis', 'module', 'exports', code);
  run(...values, window, module, module.exports);
  return module.exports as ViewerClass;
}

let made: { window: Window; BpmnViewer: ViewerClass } | undefined;

/** Shows a file in bpmn-js, without a screen. */
export async function importWarnings(xml: string): Promise<ViewerResult> {
  if (made === undefined) {
    const window = browser();
    made = { window, BpmnViewer: load(window) };
  }
  const container = made.window.document.createElement('div');
  made.window.document.body.appendChild(container);
  const viewer = new made.BpmnViewer({ container });
  try {
    const { warnings } = await viewer.importXML(xml);
    const { svg } = await viewer.saveSVG();
    return { warnings: warnings.map(({ message }) => message), shapes: viewer.get('elementRegistry').getAll().length - 1, svg };
  } finally {
    viewer.destroy();
    container.remove();
  }
}
