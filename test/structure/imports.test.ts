import { importsOf, isTest, sources } from './sources';

interface Layer {
  /** Folders of the project that it may import; a path narrows it to one file, `type:` to types alone. */
  folders: string[];
  /** Packages that it may import; absent: any. */
  packages?: RegExp;
}

/** The direction of imports: docs/architecture.md says why. */
const layers: Record<string, Layer> = {
  engine: {
    folders: ['definitions/schema/'],
    // of chinese-days only its file of data: docs/decisions/0008-public-holidays-as-data.md
    packages:
      /^((ajv|ajv-formats|ajv-i18n|bpmn-moddle|canonicalize|decimal\.js|feelin|re2js|saxen|temporal-polyfill|yaml)(\/|$)|chinese-days\/dist\/chinese-days\.json$)/u,
  },
  workflows: { folders: ['engine/runtime/', 'type:engine/'], packages: /^@temporalio\/workflow$/u },
  db: { folders: ['engine/'] },
  rendering: { folders: ['engine/'] },
  activities: { folders: ['type:engine/', 'engine/connectors/', 'db/', 'rendering/', 'workflows/messages.ts'] },
  server: { folders: ['engine/', 'db/', 'rendering/', 'workflows/messages.ts'] },
  cli: { folders: ['engine/', 'workflows/', 'db/', 'rendering/', 'activities/', 'server/', 'bench/'] },
  bench: { folders: ['engine/', 'workflows/', 'db/', 'rendering/', 'activities/', 'server/'] },
};

/** The worker's main: the one file of the server that knows the activities. */
const workerMain = 'server/temporal-worker.ts';

const folderOf = (file: string): string => file.split('/')[0] as string;
const shipped = sources.filter((file) => folderOf(file) in layers && !isTest(file));

function isAllowed(file: string, target: string, typeOnly: boolean): boolean {
  if (folderOf(target) === folderOf(file)) return true;
  if (file === workerMain && target.startsWith('activities/')) return true;
  return (layers[folderOf(file)] as Layer).folders.some((folder) =>
    folder.startsWith('type:') ? typeOnly && target.startsWith(folder.slice(5)) : target.startsWith(folder),
  );
}

describe('imports', () => {
  it('are seen', () => {
    expect(shipped.length).toBeGreaterThan(100);
    expect(importsOf('server/temporal-worker.ts')).toContainEqual({
      specifier: '../activities/connectors',
      target: 'activities/connectors/index.ts',
      typeOnly: false,
    });
    expect(importsOf('workflows/case-details.ts').map(({ typeOnly }) => typeOnly)).toEqual([true, true]);
    expect(importsOf('cli/main.ts')).toContainEqual({ specifier: './start.js', target: 'cli/start.ts', typeOnly: false });
  });

  it.each(Object.keys(layers))('of %s/ point in the allowed direction', (folder) => {
    const wrong = shipped
      .filter((file) => folderOf(file) === folder)
      .flatMap((file) =>
        importsOf(file)
          .filter(({ target, typeOnly }) => target !== undefined && !isAllowed(file, target, typeOnly))
          .map(({ specifier }) => `${file}: ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it.each(['engine', 'workflows'])('of %s/ name no package that could do anything but compute', (folder) => {
    const allowed = (layers[folder] as Layer).packages as RegExp;
    const wrong = shipped
      .filter((file) => folderOf(file) === folder)
      .flatMap((file) =>
        importsOf(file)
          .filter(({ specifier, target }) => target === undefined && !allowed.test(specifier))
          .map(({ specifier }) => `${file}: ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('never lead from what is shipped into tests', () => {
    const wrong = shipped.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target !== undefined && isTest(target))
        .map(({ specifier }) => `${file}: ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});
