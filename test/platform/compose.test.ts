import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { commandLine } from '../../cli/main';
import { projectRoot } from '../../server/platform/project-root';
import { readSettings } from '../../server/platform/settings';
import { settingsTable } from '../../server/platform/settings-table';

interface Service {
  readonly image: string;
  readonly command?: string[];
  readonly entrypoint?: string[];
  readonly environment?: Record<string, string>;
  readonly ports?: string[];
  readonly volumes?: string[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly healthcheck?: { test: string[] };
  readonly restart: string;
  readonly deploy?: { replicas: number };
}

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');
const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(compose.services);
const variables = [...new Set([...composeText.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!))].sort();
const example = Object.fromEntries([...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));

describe('docker-compose.yml', () => {
  it('follows the schema of the Compose Specification', () => {
    // The schema is the one of compose-go 2.16.2 (Apache-2.0), the parser of Docker Compose.
    const ajv = new Ajv2020({ strict: false, formats: { ports: true, expose: true, subnet_ip_address: true, duration: true } });
    const validate = ajv.compile(JSON.parse(read('test/platform/compose-spec.json')));
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it('has every part of the grown system, several workers among them', () => {
    expect(services.map(([name]) => name)).toEqual([
      'postgresql',
      'temporal-schema',
      'temporal',
      'temporal-namespace',
      'temporal-ui',
      'migrate',
      'api',
      'worker',
    ]);
    expect(compose.services['worker']?.deploy?.replicas).toBeGreaterThanOrEqual(2);
    expect(composeText).not.toContain('auto-setup');
  });

  it('lets nobody in from outside of this machine', () => {
    for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('has jobs that end and servers that are started again, in Chinese time', () => {
    const jobs = ['temporal-schema', 'temporal-namespace', 'migrate'];
    for (const [name, { restart, environment }] of services) {
      expect([name, restart]).toEqual([name, jobs.includes(name) ? 'on-failure:5' : 'unless-stopped']);
      expect([name, environment?.['TZ']]).toEqual([name, 'Asia/Shanghai']);
    }
  });

  it('waits for what can be waited for', () => {
    for (const [, { depends_on: needs = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const service = compose.services[needed];
        if (condition === 'service_healthy') expect(service?.healthcheck?.test[0]).toBe('CMD');
        else expect([condition, service?.restart]).toEqual(['service_completed_successfully', 'on-failure:5']);
      }
    }
  });

  it('keeps the database in a named volume and mounts files that exist', () => {
    for (const [, { volumes = [] }] of services) {
      for (const volume of volumes) {
        const source = volume.split(':')[0]!;
        if (source.startsWith('./')) expect(statSync(path.join(projectRoot, source)).isFile()).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('takes its variables from .env.example, where passwords are left to be filled in', () => {
    expect(variables).toEqual(Object.keys(example).sort());
    for (const [name, value] of Object.entries(example)) expect([name, value === '']).toEqual([name, name.endsWith('_PASSWORD')]);
    for (const name of variables.filter((each) => each.endsWith('_PASSWORD')))
      expect(composeText).not.toMatch(new RegExp(`\\$\\{${name}(?!:\\?)`));
  });

  it('gives neiqin commands that exist and settings that are taken', () => {
    const commands = commandLine().commands;
    for (const [, { image, command = [], environment = {} }] of services.filter(([, each]) => each.image === 'neiqin:local')) {
      expect(image).toBe('neiqin:local');
      const known = commands.find((each) => each.name() === command[0]);
      expect(known?.name()).toBe(command[0]);
      for (const option of command.slice(1)) expect(known?.options.map(({ long }) => long)).toContain(option);
      const filled = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [
          name,
          value.replace(/\$\{([A-Z_]+)[^}]*\}/g, (_, each: string) => example[each] || 'filled'),
        ]),
      );
      expect(readSettings(filled).warnings).toEqual([]);
      for (const name of Object.keys(environment)) expect(['TZ', ...Object.keys(settingsTable)]).toContain(name);
    }
  });

  it('runs scripts that a plain shell understands, each variable of theirs spelled as it was set', () => {
    for (const folder of ['postgresql', 'temporal']) {
      for (const name of readdirSync(path.join(projectRoot, 'docker', folder)).filter((file) => file.endsWith('.sh'))) {
        const file = path.join(projectRoot, 'docker', folder, name);
        execFileSync('/bin/sh', ['-n', file]);
        expect(statSync(file).mode & 0o111).toBe(0o111);
        const service = services.find(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith(`./docker/${folder}/${name}:`)));
        const text = readFileSync(file, 'utf8');
        const assigned = [...text.matchAll(/^\s*([A-Za-z_]+)=/gm)].map(([, variable]) => variable!);
        const set = [...Object.keys(service?.[1].environment ?? {}), ...assigned];
        const used = [...text.matchAll(/\$([A-Za-z_]+)|\$\{([A-Za-z_]+)\}/g)].map(([, plain, braced]) => (plain ?? braced)!);
        for (const variable of used) expect(set).toContain(variable);
      }
    }
  });
});

describe('docker/Dockerfile', () => {
  it('copies files that exist and begins with the program that the package names', () => {
    const text = read('docker/Dockerfile');
    for (const [, sources] of text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const source of sources!.split(' ')) expect(existsSync(path.join(projectRoot, source))).toBe(true);
    }
    const { bin } = JSON.parse(read('package.json')) as { bin: { neiqin: string } };
    expect(text).toContain(`ENTRYPOINT ["node", "${bin.neiqin}"]`);
  });
});
