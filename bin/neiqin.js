#!/usr/bin/env node
/**
 * The command `neiqin`. It runs on a fresh clone: what is missing (dependencies, the compiled program) is made first, then the
 * compiled command line takes over in this same process, so that signals reach it directly.
 *
 * This file keeps to old syntax: an outdated Node must be able to read it far enough to say what is wrong.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`neiqin needs Node.js 20.19 or newer; this is ${process.versions.node} (${process.execPath}).`);
  console.error('Install a newer Node.js, or put it first on the PATH, and repeat the command.');
  process.exit(2);
}

const path = require('node:path');
const { prepare } = require('./prepare.js');

const root = path.dirname(__dirname);
const prebuilt = process.env.NEIQIN_PREBUILT === '1';

(prebuilt
  ? Promise.resolve()
  : prepare(root, { goOnAfterBuildErrors: ['self-test', 'self-check', 'patterns', 'fuzz'].includes(process.argv[2]) })
)
  .then(() => require(path.join(root, 'dist', 'cli', 'main.js')).main(process.argv))
  .catch((error) => {
    console.error(error.remedy ? `neiqin: ${error.message}\n  → ${error.remedy}` : error);
    process.exit(1);
  });
