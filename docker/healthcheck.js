/** Exit code 0 when the address answers with success within three seconds; for images that have no curl. */
fetch(process.argv[2], { signal: AbortSignal.timeout(3000) }).then(
  (answer) => process.exit(answer.ok ? 0 : 1),
  () => process.exit(1),
);
