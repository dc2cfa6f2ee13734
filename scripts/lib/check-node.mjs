/** Oldest Node that the launchers themselves run on; everything else runs on the pinned one they install. */
const OLDEST = 20;

/** What is wrong with a Node version (`18.20.4`), in one line; undefined when it will do. */
export function checkNode(version) {
  if (Number.parseInt(version, 10) >= OLDEST) return undefined;
  return `Polywire needs Node ${OLDEST} or newer to install and start itself, and this is Node ${version}: see https://nodejs.org`;
}
