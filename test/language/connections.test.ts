import { compileDefinitions } from '../../engine/compile/compile';
import type { Compilation } from '../../engine/compile/deployment';
import { ports } from './definition-files';

const duty = 'duty: d\nprocesses: [p]\n';
const process = (url: string) =>
  `process: p\nsteps:\n  - id: ask\n    serviceTask: { connector: http.request, input: { url: ${JSON.stringify(url)} } }\n`;
const dealership = (id: string, connections = '') => `dealership: ${id}\nduties: [d]\nroles: { clerk: [a] }\n${connections}`;

/** Compiles these documents alone. */
function compileTexts(...texts: string[]): Compilation {
  return compileDefinitions(
    texts.map((text, index) => ({ path: `${index}.yaml`, text })),
    ports,
  );
}

/** What is said of hosts. */
function findings(...texts: string[]): string[] {
  return compileTexts(duty, ...texts)
    .findings.filter(({ rule }) => rule === 'host-not-allowed')
    .map(({ line, message, remedy }) => `${line}: ${message}; ${remedy}`);
}

describe('addresses in definitions', () => {
  it('[L26.1] are warned of where a dealership that runs the process may not connect there', () => {
    const url = 'https://quotes.carrier.example/{{ case.key }}';
    const lists = 'connections: { hosts: ["*.carrier.example"] }\n';
    expect(findings(process(url), dealership('panyu', lists))).toEqual([]);
    expect(findings(process(url), dealership('panyu', 'connections: { hosts: [api.carrier.example] }\n'))).toEqual([
      '4: dealership "panyu" may not connect to "quotes.carrier.example"; add "quotes.carrier.example" to "hosts" under "connections"',
    ]);
    expect(findings(process(url), dealership('panyu', lists), dealership('nansha'), dealership('zengcheng'))).toEqual([
      '4: dealerships "nansha", "zengcheng" may not connect to "quotes.carrier.example"; add "quotes.carrier.example" to "hosts" under "connections"',
    ]);
    expect(findings(process(url))).toEqual([]);
  });

  it('[L26.1] of this machine are left for demo servers, where a dealership has no list', () => {
    const url = 'http://127.0.0.1:3999/quotes';
    expect(findings(process(url), dealership('panyu'))).toEqual([]);
    expect(findings(process(url), dealership('panyu', 'connections: { hosts: [] }\n'))).toHaveLength(1);
    expect(findings(process(url), dealership('panyu', 'connections: { hosts: ["127.0.0.1:3999"] }\n'))).toEqual([]);
  });

  it('[L26.1] that are computed are left to the worker', () => {
    expect(findings(process('=settings.procurement.url'), dealership('panyu'))).toEqual([]);
    expect(findings(process('https://{{ settings.transport.from }}/x'), dealership('panyu'))).toEqual([]);
  });

  it('[L26.1] are warned of in the settings of a dealership', () => {
    const text = dealership('panyu', 'settings: { procurement: { url: "https://plans.example/a" } }\n');
    expect(findings(process('=settings.procurement.url'), text)).toEqual([
      '4: this dealership may not connect to "plans.example"; add "plans.example" to "hosts" under "connections"',
    ]);
  });

  it.each(['https://a.example', 'a.example/path', '*', 'a b', 'a.example:port', '*.*.example', 'ftp://a.example'])(
    '[L26.1] hosts are no "%s"',
    (host) => {
      const { findings: all } = compileTexts(
        duty,
        process('=settings.procurement.url'),
        dealership('panyu', `connections: { hosts: ["${host}"] }\n`),
      );
      expect(all.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
    },
  );
});
