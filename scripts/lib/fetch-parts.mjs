// Runs on the pinned Node: finds or fetches the real servers, with progress on standard error.
import {
  findConnectconformance,
  findEnvoy,
  findGrpcurl,
  findNats,
  findPostgres,
  partOptionsFromEnvironment,
} from "../../packages/system/src/index.ts";

const say = (text) => process.stderr.write(`${text}\n`);
const options = {
  ...partOptionsFromEnvironment(process.env),
  onProgress: ({ message, elapsedMs }) => say(`${message}: ${Math.round(elapsedMs / 1000)} s`),
};
for (const part of await Promise.all(
  [findPostgres, findNats, findEnvoy, findConnectconformance, findGrpcurl].map((find) => find(options)),
)) {
  for (const notice of part.notices) say(`notice: ${notice}`);
  if (part.found) say(`${part.part} ${part.version} (${part.where}: ${part.path ?? "a running server"})`);
  else say(`${part.part} is missing, its tests will fail: ${part.reason}. To get it, ${part.howTo}`);
}
