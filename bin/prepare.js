/**
 * Makes a working tree runnable: installs the locked dependencies and compiles the sources, each only when something has changed.
 * Uses nothing but Node itself and npm. Two starts at once wait for each other.
 */
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const SOURCE_FOLDERS = ['engine', 'workflows', 'activities', 'db', 'rendering', 'server', 'cli', 'bench'];
const BEAT_MS = 2000;
const STALE_MS = 30000;

const say = (line) => process.stderr.write(`neiqin: ${line}\n`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined);

/** Error with a second line that says what to do about it. */
function failure(message, remedy) {
  return Object.assign(new Error(message), { remedy });
}

/**
 * Brings dependencies and `dist/` up to date.
 *
 * With `goOnAfterBuildErrors` a compile error is printed and remembered in NEIQIN_BUILD_FAILED instead of thrown: the tests are
 * to run, and to be counted, in any case.
 */
async function prepare(root, options) {
  if (dependenciesAreCurrent(root) && buildIsCurrent(root)) return;
  fs.mkdirSync(path.join(root, '.neiqin'), { recursive: true });
  const unlock = await lock(path.join(root, '.neiqin', 'prepare.lock'));
  try {
    if (!dependenciesAreCurrent(root)) await install(root);
    if (!buildIsCurrent(root)) await build(root, options.goOnAfterBuildErrors);
  } finally {
    unlock();
  }
}

const installStamp = (root) => path.join(root, 'node_modules', '.neiqin-installed');
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

/** A node_modules that npm filled from this very lock file, by whoever's hand, is current. */
function dependenciesAreCurrent(root) {
  const lockText = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const stamp = read(installStamp(root));
  if (stamp === hashOf(lockText)) return true;
  const hidden = read(path.join(root, 'node_modules', '.package-lock.json'));
  if (hidden === undefined) return false;
  const installed = JSON.parse(hidden).packages;
  for (const [place, wanted] of Object.entries(JSON.parse(lockText).packages)) {
    if (place === '' || (wanted.optional && !installed[place])) continue;
    if (!installed[place] || installed[place].version !== wanted.version) return false;
  }
  fs.writeFileSync(installStamp(root), hashOf(lockText));
  return true;
}

async function install(root) {
  const begun = Date.now();
  const fromNpm = process.env.npm_execpath;
  const npm = fromNpm?.endsWith('.js') ? [process.execPath, fromNpm] : ['npm'];
  say('installing dependencies (about a minute the first time) …');
  const ticking = setInterval(() => say(`still installing, ${Math.round((Date.now() - begun) / 1000)} s …`), 15000);
  const args = ['--no-audit', '--no-fund', '--include=dev', '--loglevel=error'];
  try {
    // A registry mirror that lacks another platform's packages makes `ci` refuse a lock file that `install` can use.
    if ((await run(root, [...npm, 'ci', ...args])) !== 0) {
      say('npm ci did not succeed; trying npm install with the same lock file …');
      if ((await run(root, [...npm, 'install', '--no-save', ...args])) !== 0) {
        throw failure('the dependencies could not be installed.', 'npm says why above; a package registry must be reachable. Then repeat.');
      }
    }
  } finally {
    clearInterval(ticking);
  }
  fs.writeFileSync(installStamp(root), hashOf(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
  say(`dependencies installed in ${Math.round((Date.now() - begun) / 1000)} s.`);
}

const buildStamp = (root) => path.join(root, 'dist', '.neiqin-built');

/** Path, size and time of every source and of what else decides the output. */
function sourceState(root) {
  const files = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => path.join(root, name));
  for (const folder of SOURCE_FOLDERS) {
    if (!fs.existsSync(path.join(root, folder))) continue;
    for (const entry of fs.readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && /(?<!\.test)\.(ts|json)$/.test(entry.name)) files.push(path.join(entry.parentPath ?? entry.path, entry.name));
    }
  }
  return files.sort().map((file) => {
    const { size, mtimeMs } = fs.statSync(file);
    return `${path.relative(root, file)} ${size} ${mtimeMs}`;
  });
}

function buildIsCurrent(root) {
  return read(buildStamp(root)) === sourceState(root).join('\n');
}

async function build(root, goOnAfterErrors) {
  const begun = Date.now();
  const state = sourceState(root);
  const names = new Set(state.map((line) => line.split(' ')[0]));
  const before = (read(buildStamp(root)) ?? '').split('\n').map((line) => line.split(' ')[0]);
  // The compiler leaves the output of a removed source behind, and without a stamp nobody knows what lies there.
  if (before.some((name) => !names.has(name))) fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  fs.rmSync(buildStamp(root), { force: true });
  say('compiling …');
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if ((await run(root, [process.execPath, tsc, '-p', 'tsconfig.build.json'])) !== 0) {
    if (!goOnAfterErrors) throw failure('the sources do not compile.', 'The compiler says why above.');
    process.env.NEIQIN_BUILD_FAILED = '1';
    return;
  }
  fs.writeFileSync(buildStamp(root), state.join('\n'));
  say(`compiled in ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
}

/** Runs a command with its output on stderr, so that stdout stays the command's own; resolves to its exit code. */
function run(root, [command, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.on('error', (error) =>
      reject(failure(`${command} cannot be run: ${error.message}`, 'npm comes with Node.js; put it on the PATH.')),
    );
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Takes a lock file that its owner touches while it lives. A lock whose owner on this machine is gone, or that was not touched for
 * half a minute, is broken. Returns the function that gives it back.
 */
async function lock(file) {
  const mine = JSON.stringify({ host: os.hostname(), pid: process.pid, at: Date.now() });
  for (let waited = 0; ; waited += 1) {
    try {
      fs.writeFileSync(file, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (waited % 100 === 1) say(`waiting for another start to finish its preparations (${file}) …`);
    if (isAbandoned(file)) breakLock(file);
    await sleep(waited === 0 ? 10 : 100);
  }
  const beat = setInterval(() => fs.existsSync(file) && fs.utimesSync(file, new Date(), new Date()), BEAT_MS);
  return () => {
    clearInterval(beat);
    if (read(file) === mine) fs.rmSync(file);
  };
}

function isAbandoned(file) {
  try {
    const age = Date.now() - fs.statSync(file).mtimeMs;
    const owner = JSON.parse(fs.readFileSync(file, 'utf8') || '{}');
    if (age > STALE_MS) return true;
    if (owner.host !== os.hostname() || !owner.pid) return false;
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Removes an abandoned lock. One breaker at a time, who looks again: a lock that was taken anew in between stays. */
function breakLock(file) {
  const breaking = `${file}.breaking`;
  try {
    fs.writeFileSync(breaking, '', { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned(breaking)) fs.rmSync(breaking, { force: true });
    return;
  }
  try {
    if (isAbandoned(file)) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(breaking, { force: true });
  }
}

module.exports = { prepare, lock };
