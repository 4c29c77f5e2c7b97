const OLDEST = 20;

/** Ends with a sentence, not with a syntax error, on a Node.js that is too old. */
export function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= OLDEST) return;
  console.error(`CloudPhone needs Node.js ${OLDEST} or newer; this is ${process.version}.`);
  process.exit(1);
}
